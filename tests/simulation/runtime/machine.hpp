// SPDX-License-Identifier: MIT OR Apache-2.0
// The state of the simulated machine, and the switch between its threads.
//
// One execution runs on one thread of the system. Each simulated thread has a stack and thread-local
// storage of its own; it runs until its next step, at which the search decides who goes on. Nothing
// here allocates while a simulated thread runs, because the system's heap would use its storage.
#pragma once

#include "clock.hpp"
#include "search.hpp"

#include <cstddef>
#include <cstdint>

namespace simulation {

enum class thread_state : std::uint8_t { unused, ready, waiting, ended };

// What a thread waits for.
enum class wait_kind : std::uint8_t { none, futex, mutex, condition, join, sleep };

struct thread_exit_call {
  void (*function)(void*);
  void* object;
};

inline constexpr unsigned max_exit_calls = 32;
inline constexpr unsigned max_keys = 16;
inline constexpr unsigned max_notes = 16;
inline constexpr unsigned max_callers = 4;  // a power of two
inline constexpr std::uint64_t no_deadline = ~std::uint64_t{0};

struct thread {
  // Happens-before, as of now, as of the latest release fence, and what an acquire fence would add.
  vector_clock clock;
  vector_clock at_release;
  vector_clock to_acquire;
  // The same for the latest seq_cst fence that happened before: an index in machine::fences.
  std::int32_t fence;
  std::int32_t fence_at_release;
  std::int32_t fence_to_acquire;

  thread_state state;
  wait_kind waits_for;
  const void* waits_at;
  std::uint64_t deadline;  // of virtual time
  bool timed_out;
  // Threads that take a step before this one does, because it has yielded to them.
  std::uint32_t behind;
  step_kind next_step;

  void* context;  // where it goes on; null before its first step
  char* tls;
  void* (*function)(void*);
  void* argument;
  void* result;
  bool detached;
  thread_exit_call exit_calls[max_exit_calls];
  unsigned exit_call_count;
  void* keys[max_keys];
};

struct machine {
  bool active;  // a simulated thread runs, and not the runtime on its behalf
  unsigned current;
  unsigned count;  // of threads so far
  std::uint32_t ready;  // the threads in state `ready`
  std::uint32_t timed;  // those that wait with a deadline
  std::int32_t execution;
  std::uint64_t steps;
  std::uint64_t step_limit;
  std::uint64_t now;  // virtual time in nanoseconds
  std::uint64_t nanoseconds_per_step;
  unsigned lone_yields;  // in a row, while no other thread was ready
  search* decides;
  const void* pc;  // the program's instruction behind the current step
  // From where functions were entered since the latest step, without those that have returned.
  const void* callers[max_callers];
  unsigned entries;  // the latest is before callers[entries % max_callers]

  // What the threads knew at the n-th seq_cst fence of the execution, and all fences before it.
  vector_clock* fences;
  std::int32_t fence_count;

  bool failed;
  bool pruned;  // the rest of the execution equals one that was seen
  char reason[512];
  bool is_traced;
  unsigned stale_reads;  // by each thread of each value at most
  bool checks_leaks;
  bool leaves_threads;
  bool pauses_yield;  // a thread that spins lets others go first
  bool recycles;  // the library uses the memory of frames again, instead of giving it to the heap
  bool has_membarrier;

  // What the program has noted of its results.
  int notes[max_notes];
  unsigned note_count;

  thread threads[max_threads];
  void* host_context;
  char* host_tls;
};

extern machine world;

inline thread& self() noexcept { return world.threads[world.current]; }

// While one lives, the program's calls go to the system.
class in_runtime {
public:
  in_runtime() noexcept : was_active_(world.active) { world.active = false; }
  ~in_runtime() { world.active = was_active_; }
  in_runtime(const in_runtime&) = delete;
  in_runtime& operator=(const in_runtime&) = delete;

private:
  bool was_active_;
};

// Ends the execution as failed. Does not return.
[[noreturn, gnu::format(printf, 1, 2)]] void fail(const char* format, ...) noexcept;
// Ends the execution, since the search has seen its like.
[[noreturn]] void prune() noexcept;

// The calling thread is about to take a step: others may take theirs first.
void point(const step_kind& step) noexcept;
// The calling thread lets each other one that is ready take a step.
void yield() noexcept;
// The same for a thread that spins.
void pause() noexcept;
// Blocks the calling thread until wake() or the deadline. Returns false if that has passed.
bool wait(wait_kind kind, const void* at, std::uint64_t deadline = no_deadline) noexcept;
void wake(unsigned thread) noexcept;
// Wakes up to n threads that wait at `at`; returns how many.
unsigned wake_at(wait_kind kind, const void* at, unsigned n) noexcept;

// Makes a thread that is ready; what the caller did happens before its first step.
unsigned start_thread(void* (*function)(void*), void* argument) noexcept;
// Waits for its end, which then happens before what the caller does.
void* join_thread(unsigned id) noexcept;

// The time of the calling thread, in nanoseconds.
std::uint64_t virtual_time() noexcept;

// Runs one execution: `body` on thread 0, until all threads have ended. Returns false if it failed.
bool run(void (*body)(void*), void* argument);

// A number for messages: the steps that were taken so far in this execution.
inline std::uint64_t steps_taken() noexcept { return world.steps; }

}  // namespace simulation
