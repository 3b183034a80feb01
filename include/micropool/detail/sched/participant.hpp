// SPDX-License-Identifier: MIT OR Apache-2.0
// participant: a thread that may run pool work now, with the members that the inlined fast path
// uses. The others (parker, counters, the thread) are private to lib/sched. participation: makes
// the calling thread one.
#pragma once

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/sched/root.hpp>
#include <micropool/detail/sched/scope_control.hpp>
#include <micropool/detail/sync/deque.hpp>
#include <micropool/detail/work/fiber.hpp>
#include <micropool/detail/work/frame.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace micropool::detail {

struct pool_state;
struct scope_data;
struct participant;

// Wakes at most one sleeper that may take what `p` has just published.
MICROPOOL_API void notify_pushed(participant& p) noexcept;

// What the newest bottom of a stack (`bottom` in lib/sched/run_job.hpp) and the code above it tell
// each other. A bottom begins with a state of its own, and restores that of the one below at its
// end.
struct run_state {
  using index = deque<job>::index;

  // J1: set by a coroutine that truly suspends on this thread, cleared by every loop that runs
  // jobs.
  bool suspending = false;
  // True while background work runs at the bottom of a worker's stack: its coroutines suspend
  // between two children if foreground work waits. False in nested bottoms, which have frames of
  // the user below them.
  bool yields_to_foreground = false;
  // The frame that the loop resumes next: a parent whose last child has just ended here, or a child
  // that was too deep to be nested.
  frame* next = nullptr;
  // Below this stack position children are no longer nested (participant::is_deep).
  std::uintptr_t stack_limit = 0;
  // The scope whose children may be pushed here while the deque's bottom is fork_bottom;
  // scope_data::fork gives the reason.
  scope_data* fork_scope = nullptr;
  index fork_bottom = 0;
  // The frame that the loop has resumed, and the deque's bottom at that time.
  frame* resumed = nullptr;
  index resumed_bottom = 0;
};

// All members belong to the participant's own thread, except the atomic ones and the deque, whose
// contracts say which thread may call what.
struct participant {
  using index = deque<job>::index;

  explicit participant(pool_state& owner) : pool(&owner) {}
  participant(const participant&) = delete;
  participant& operator=(const participant&) = delete;

  // Makes room for `n` jobs. Throws std::bad_alloc; then nothing has changed. A fork calls this
  // before anything that it could not undo.
  void reserve(std::size_t n) {
    if (!jobs.has_room_for(static_cast<index>(n))) [[unlikely]] jobs.reserve(static_cast<index>(n));
  }

  // Publishes a job, for which there must be room (reserve). No locked instruction while no
  // participant sleeps.
  void push(job& j) noexcept {
    MICROPOOL_ASSERT(jobs.has_room_for(1), "none: this is a defect of micropool, please report it");
    jobs.push(&j);
    // Keeps the compiler from moving the load above the push. The processor may still do so; a
    // sleeper compensates with a heavy fence between raising the hint and its last look at the
    // deques (S3). This is an asymmetric fence (P1202): the frequent side pays nothing.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (sleeper_hint.load(std::memory_order_relaxed)) [[unlikely]] notify_pushed(*this);
  }

  // Returns true if the stack is too deep to nest another child; the bottom loop runs the child
  // then.
  bool is_deep() const noexcept { return stack_position() < run.stack_limit; }

  deque<job> jobs;

  // True if a participant may sleep that could take this one's jobs. Raised by sleepers, lowered by
  // the owner when it finds no such sleeper (lib/sched/README.md, S1 to S4).
  alignas(cache_line) std::atomic<bool> sleeper_hint{true};

  run_state run;
  // The fiber whose code this thread runs, if that may be suspended; null on the thread's own
  // stack.
  fiber* in_fiber = nullptr;
  free_scope_controls free_scopes;
  pool_state* const pool;
};

// Returns the participant that this thread is in the current pool, or null if it is none yet. Out
// of line on purpose: a compiler may keep the address of a thread_local across a suspension, that
// is, across threads.
MICROPOOL_API MICROPOOL_NOINLINE participant* current_participant() noexcept;

// Whether the code that waits is known to run in the floating-point environment of its root: a
// coroutine is, because it restores what it changes before it awaits; plain code that blocks in an
// inner call may have changed it.
enum class modes : bool { unknown, of_root };

// Makes the thread a participant for the length of a blocking call. Costs nothing if it is one
// already; otherwise the thread becomes a guest and opens a root.
class participation {
public:
  // Takes part in the given pool; null means the current one. Throws pool_stopped, and whatever
  // starting the default pool throws.
  explicit participation(pool_state* pool = nullptr) : self_(current_participant()) {
    if (self_ == nullptr || (pool != nullptr && self_->pool != pool)) [[unlikely]] enter(pool);
  }
  // Also allowed while the pool is shutting down: for calls that complete work which shutdown is
  // already waiting for.
  struct late_call {};
  participation(late_call, pool_state& pool) : self_(current_participant()) {
    if (self_ == nullptr || self_->pool != &pool) enter(&pool, entry::late);
  }
  // Always takes a separate guest slot with an empty deque, even if the thread is a participant of
  // the pool already (visit.hpp).
  struct visit {};
  participation(visit, pool_state& pool) { enter(&pool, entry::visit); }
  // The same for a job that can be posted instead: throws std::bad_alloc, where a visit waits for
  // memory.
  struct optional_visit {};
  participation(optional_visit, pool_state& pool) { enter(&pool, entry::late); }
  ~participation() {
    if (entered_) [[unlikely]] leave();
  }
  participation(const participation&) = delete;
  participation& operator=(const participation&) = delete;

  participant& self() const noexcept { return *self_; }
  // Returns the root that this call has opened if it is the caller's outermost, otherwise null.
  const root* whole_root() const noexcept { return entered_ ? &root_ : nullptr; }
  // A call has captured the environment for its own root.
  modes modes_of_code() const noexcept { return entered_ ? modes::of_root : modes::unknown; }

private:
  enum class entry { call, late, visit };
  MICROPOOL_API void enter(pool_state* pool, entry how = entry::call);
  MICROPOOL_API void leave() noexcept;

  participant* self_;
  bool entered_ = false;
  participant* previous_;
  root root_;
};

// Returns the fiber that the caller runs in if a wait may suspend it. Null for other code, and
// while the fiber's thread is a guest of another pool.
inline fiber* this_fiber() noexcept {
  const participant* p = current_participant();
  return p != nullptr ? p->in_fiber : nullptr;
}

// Detects that user code has resumed on another participant. A call in user code may suspend the
// fiber and resume it elsewhere; jobs pushed before that were left to the bottom loop of the old
// participant (J5), which belongs to another thread and must not be touched.
class migration_check {
public:
  explicit migration_check(const participant& p) noexcept
      : fiber_(p.in_fiber), departures_(fiber_ != nullptr ? fiber_->departures : 0) {}

  // Null on a thread's own stack, which never migrates.
  fiber* in_fiber() const noexcept { return fiber_; }
  bool migrated() const noexcept {
    return fiber_ != nullptr && fiber_->departures != departures_;
  }

private:
  fiber* fiber_;
  std::uint64_t departures_;
};

}  // namespace micropool::detail
