// SPDX-License-Identifier: MIT OR Apache-2.0
// Who decides: at each step which thread moves, and which of the allowed values a load returns.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace simulation {

// What is decided. Option 0 is always the plain one: the running thread goes on, a load returns the
// newest value, nothing happens spuriously.
enum class decision : std::uint8_t {
  thread,    // which thread takes the next step
  value,     // which of the values that the memory model allows a load returns, newest first
  waiter,    // which of the threads that wait is woken
  spurious,  // 1: a weak compare-exchange fails, a futex wait returns, a timer fires early
};

// One step that a thread is about to take, for partial-order reduction.
struct step_kind {
  std::uintptr_t address;  // 0: touches nothing that threads share
  bool writes;
  bool is_seq_cst;
  bool is_fence;  // of all threads with all, such as membarrier
};

// Returns true if the order of the two steps of different threads can matter.
bool is_dependent(const step_kind& a, const step_kind& b) noexcept;

class search {
public:
  virtual ~search() = default;

  // Called before each execution. Returns false if there is nothing left to try.
  virtual bool begin() = 0;
  // Returns the option that is taken, less than n. Called for n > 1 only.
  virtual unsigned choose(unsigned n, decision d) = 0;
  // Returns the thread that takes the next step. Called where several are ready, `threads` of which
  // may be taken, at least one; `current` is not among them if it waits, yields or has ended.
  virtual unsigned pick(std::uint32_t threads, unsigned current);

protected:
  // The place of a thread in the list that begins with `current`, and the thread at a place.
  static unsigned option_of(std::uint32_t threads, unsigned current, unsigned thread) noexcept;
  static unsigned nth_thread(std::uint32_t threads, unsigned current, unsigned option) noexcept;
};

// The decisions of one execution: all that is needed to repeat it.
using schedule = std::vector<std::uint16_t>;

// Each thread is as likely as any other.
std::unique_ptr<search> random_search(std::uint64_t first_seed);

// Priorities with `changes` points at which the running thread drops to the lowest one, within about
// `steps` steps: finds an error that needs d ordered events with a probability of at least
// 1 / (threads * steps^(d-1)) for changes = d - 1. Burckhardt et al., "A randomized scheduler with
// probabilistic guarantees of finding bugs", ASPLOS 2010.
std::unique_ptr<search> priority_search(std::uint64_t first_seed, unsigned changes,
                                        std::uint64_t steps);

// Every execution with at most `preemptions` switches away from a thread that could have gone on, or
// from one that yields to another than the next; with `unlimited`, every execution up to the order of independent steps (sleep sets: Godefroid,
// "Partial-order methods for the verification of concurrent systems", 1996).
inline constexpr unsigned unlimited = ~0u;
std::unique_ptr<search> exhaustive_search(unsigned preemptions);

// Decides as another search does, and writes into `to` what that was in the latest execution.
std::unique_ptr<search> recorded(std::unique_ptr<search> decides, schedule& to);

// Repeats an execution. Beyond its end, and where a decision no longer exists, option 0 is taken.
std::unique_ptr<search> replay(schedule decisions);

}  // namespace simulation
