// SPDX-License-Identifier: MIT OR Apache-2.0
// The gateway: the functions through which templates reach the compiled scheduler.
#pragma once

#include <micropool/detail/sched/inbox.hpp>
#include <micropool/detail/sched/participant.hpp>

namespace micropool::detail {

// The participant this thread is for the current pool, or null if it is none yet. Out of line on
// purpose: a compiler may keep the address of a thread_local across a suspension, that is, across
// threads.
MICROPOOL_API MICROPOOL_NOINLINE participant* current_participant() noexcept;

// Takes part in a pool for the length of a blocking call. Free when the thread is a participant
// already; otherwise the thread becomes a guest and opens a root.
class participation {
public:
  // Of the given pool; null means the current one. Throws pool_stopped, and whatever starting the
  // default pool throws.
  explicit participation(pool_state* pool = nullptr) : self_(current_participant()) {
    if (self_ == nullptr || (pool != nullptr && self_->pool != pool)) [[unlikely]] enter(pool);
  }
  // For the end of something that the pool is still busy with: works on a pool that shuts down too.
  struct late_call {};
  participation(late_call, pool_state& pool) : self_(current_participant()) {
    if (self_ == nullptr || self_->pool != &pool) enter(&pool, entry::late);
  }
  // Always in a slot of its own, with an empty deque, whatever this thread is at present
  // (visit.hpp).
  struct visit {};
  participation(visit, pool_state& pool) { enter(&pool, entry::visit); }
  ~participation() {
    if (entered_) [[unlikely]] leave();
  }
  participation(const participation&) = delete;
  participation& operator=(const participation&) = delete;

  participant& self() const noexcept { return *self_; }
  // The root that this call has opened, if it is the caller's outermost; else null.
  const root* whole_root() const noexcept { return entered_ ? &root_ : nullptr; }

private:
  enum class entry { call, late, visit };
  MICROPOOL_API void enter(pool_state* pool, entry how = entry::call);
  MICROPOOL_API void leave() noexcept;

  participant* self_;
  bool entered_ = false;
  participant* previous_;
  root root_;
};

// The root that this participant works for at present.
MICROPOOL_API const root& current_root(const participant& p) noexcept;

// Blocks until `done`, in a fiber by suspending it, otherwise running only jobs that descend from
// what is waited for: those pushed here at `base` or above and what descends from them; for an
// outermost call, all of its root.
MICROPOOL_API void help_until(const participation& here, latch& done,
                              participant::index base) noexcept;

// As above; ready coroutines in the call's inboxes descend from it as well.
MICROPOOL_API void help_until_done(const participation& here, blocked_call& call,
                                   participant::index base) noexcept;

// Wakes the thread that a latch handed back.
MICROPOOL_API void wake_waiter(void* waiter) noexcept;
// The branch of a blocking join has ended, and its latch handed this back: a thread, or a fiber,
// which then goes on as a parent whose last child has ended.
MICROPOOL_API void wake_joiner(void* waiter, participant& by) noexcept;

// The fiber that the caller runs in and that a wait may suspend; null for other code, and where it
// is a guest of another pool meanwhile.
inline fiber* this_fiber() noexcept {
  const participant* p = current_participant();
  return p != nullptr ? p->in_fiber : nullptr;
}

// Runs the fiber until it has ended (true) or waits for something that is not over.
MICROPOOL_API bool advance(fiber& f) noexcept;
// Suspends the host for what the fiber waits for.
// LAST TOUCH: unless its own handle comes back, the host may run elsewhere.
MICROPOOL_API std::coroutine_handle<> depart(fiber& f) noexcept;
// How large a stack such a task of the frame's pool gets.
MICROPOOL_API std::size_t stack_size_for(const frame& host) noexcept;

// A fiber may wait for work of the pool only if some thread of it is sure to do the work.
MICROPOOL_API bool has_workers(const pool_state& pool) noexcept;

// What the caller waits for has ended.
// LAST TOUCH: after this the call may be gone.
MICROPOOL_API void finish(blocked_call& call, const participant& by) noexcept;

// Runs this participant's own jobs at `base` and above until none is left, or until `give_way` and
// foreground work waits.
MICROPOOL_API void run_own_jobs(participant& p, participant::index base,
                                bool give_way = false) noexcept;

// For background work that gives way: does foreground work wait? Looks now and then only.
MICROPOOL_API bool foreground_waits(participant& p) noexcept;

// Runs a frame, which has not been started, to its end, blocking and taking part.
MICROPOOL_API void run_to_end(frame& f, const participation& here) noexcept;

// Hands a job to whoever takes from the inbox. Any thread.
// LAST TOUCH: the job may have run and the inbox may be gone when this returns.
MICROPOOL_API void post(inbox& to, job& j) noexcept;

// The inbox in which the frame's call continues on `pool`.
MICROPOOL_API inbox& inbox_on(const frame& f, pool_state& pool);

// A frame that lodged on a pool has ended (lodging.hpp).
MICROPOOL_API void give_up_lodging(pool_state& pool) noexcept;

// A parent whose children have all ended goes on: at once on this thread if it is its pool's.
inline void resume_parent(frame& parent, participant& p) noexcept {
  if (parent.home->pool == p.pool) [[likely]] {
    p.next = &parent;
  } else {
    post(*parent.home, parent);
  }
}

}  // namespace micropool::detail
