// SPDX-License-Identifier: MIT OR Apache-2.0
// A thread that may run pool work now, as the inlined fast path sees it. Everything else about it
// (parker, counters, the thread) is private to lib/sched.
#pragma once

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/sync/deque.hpp>
#include <micropool/detail/work/fiber.hpp>
#include <micropool/detail/work/frame.hpp>

#include <atomic>
#include <cstdint>

namespace micropool::detail {

struct pool_state;
struct scope_data;
struct participant;

// Somebody sleeps who may want what `p` has just published: wakes at most one sleeper.
MICROPOOL_API void notify_pushed(participant& p) noexcept;

// All members belong to the participant's own thread, except where an atomic says otherwise.
struct participant {
  using index = deque<job>::index;

  explicit participant(pool_state& owner) : pool(&owner) {}
  participant(const participant&) = delete;
  participant& operator=(const participant&) = delete;

  // Publishes a job. No locked instruction while nobody sleeps. Running out of memory for a larger
  // deque ends the program: half a fork could not be undone.
  void push(job& j) noexcept {
    jobs.push(&j);
    // Keeps the compiler from moving the load up. The processor may still do so; a sleeper makes up
    // for that with a heavy fence between raising the hint and its last look at the deques (S3).
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (sleeper_hint.load(std::memory_order_relaxed)) [[unlikely]] notify_pushed(*this);
  }

  // Is there so little stack left for nesting that a child had better run from the bottom loop?
  bool is_deep() const noexcept { return stack_position() < stack_limit; }

  deque<job> jobs;

  // True if somebody may sleep who wants this participant's jobs. Raised by sleepers, lowered by
  // the owner when it finds nobody (lib/sched/README.md, S1 to S4).
  alignas(cache_line) std::atomic<bool> sleeper_hint{true};

  // J1: set by whoever truly suspends on this thread, cleared by every loop that runs jobs.
  bool unwinding = false;
  // Background work at the bottom of a worker's stack: its coroutines suspend between two children
  // where foreground work waits. Nested bottoms have frames of the user below them, so there it is
  // false.
  bool gives_way = false;
  // The frame that the loop at the bottom of this stack resumes next: the parent whose last child
  // has just ended here, or a child that was too deep to be nested.
  frame* next = nullptr;
  std::uintptr_t stack_limit = 0;
  // The fiber whose code this thread runs, if it may be left: null on the thread's own stack.
  fiber* in_fiber = nullptr;
  // The scope whose children may be pushed here right now, provided that the deque's bottom is
  // fork_bottom (scope_data::fork says why).
  scope_data* fork_scope = nullptr;
  index fork_bottom = 0;
  // What the loop at the bottom of this stack has resumed, and the deque's bottom at that time.
  frame* resumed = nullptr;
  index resumed_bottom = 0;
  pool_state* const pool;
};

// Remembers where a stretch of plain code began: what the user's code calls there may suspend the
// fiber that it runs in, and come back on another participant. What was pushed before has then been
// left to the loop at the bottom of the old one (J5), and the old one belongs to another thread.
class whereabouts {
public:
  explicit whereabouts(const participant& p) noexcept
      : fiber_(p.in_fiber), departures_(fiber_ != nullptr ? fiber_->departures : 0) {}

  // Null on a thread's own stack, which nothing moves.
  fiber* in_fiber() const noexcept { return fiber_; }
  bool moved() const noexcept {
    return fiber_ != nullptr && fiber_->departures != departures_;
  }

private:
  fiber* fiber_;
  std::uint64_t departures_;
};

}  // namespace micropool::detail
