// SPDX-License-Identifier: MIT OR Apache-2.0
// The life of a spawned task: queued, started once or cancelled, ended, reported.
#include <micropool/detail/sched/background_task.hpp>

#include "end_event.hpp"
#include "fork_mark.hpp"
#include "run_job.hpp"
#include "serving.hpp"
#include "sleep.hpp"
#include "thread_local_state.hpp"
#include "wait_graph.hpp"

#include "../base/place.hpp"

#include <micropool/error.hpp>

#include <mutex>
#include <string>
#include <utility>

namespace micropool::detail {
namespace {

void coroutine_ended(completion& c, participant& p) noexcept {
  // LAST TOUCH: the task may be gone.
  end_task(static_cast<background_task&>(c), p);
}

// What a worker that takes the task runs if it is a coroutine.
void start_coroutine(job& j, participant& p) noexcept {
  auto& t = static_cast<background_task&>(j);
  show_begun(t, state_of(p));
  t.coroutine->up = &t;
  t.coroutine->home = &t.inboxes.home;
  p.run.next = t.coroutine;
}

// One thread always uses the same lane, so that its tasks stay in order. The address is
// multiplied, because thread-local blocks lie whole pages apart.
std::uint64_t lane_of_this_thread() noexcept {
  return (reinterpret_cast<std::uintptr_t>(&this_thread()) * 0x9e37'79b9'7f4a'7c15u) >> 32;
}

// C4: ends, in the child of fork(), a task that a thread of the parent had started. Tells no
// waiter: earlier ones are missing, later ones look first. The task keeps the pool's reference.
void end_lost(background_task& t, bool as_cancelled) noexcept {
  const std::lock_guard lock(lock_of(t.own_root));
  if (t.has_ended()) return;
  t.lost = as_cancelled;
  t.cancelled = as_cancelled;
  // [release: task.end] what was written before.
  t.waiters.store(t.end_mark(), std::memory_order_release);
}

// B3: releases the pool's reference, then reports the end to all waiters. In this order, so that a
// thread with a handle destroys what the task leaves; while one of them waits, the task stays.
void complete_task(background_task& t) noexcept {
  if (t.sole_owner) {
    // Only the handle's reference is left.
    t.references.store(1, std::memory_order_relaxed);
    // [release: task.end] the handle may go to another thread.
    t.waiters.store(t.end_mark(), std::memory_order_release);
    return;
  }
  // [acq_rel: task.end] publish the result; see the waiters that came before.
  task_waiter* w = t.waiters.exchange(t.end_mark(), std::memory_order_acq_rel);
  // LAST TOUCH: the task may be gone.
  release(t);
  while (w != nullptr) {
    task_waiter* const next = w->next;
    end_wait(*w);
    // Posted, not resumed here, because it does not descend from this task (theorem, 3).
    if (w->coroutine != nullptr) {
      // LAST TOUCH: the coroutine may run, and its frame with the waiter be gone.
      post(*w->coroutine->home, *w->coroutine);
    } else if (void* sleeper = w->ended.set()) {
      // LAST TOUCH: after set() the waiter is gone. Its thread takes part in the task's pool, which
      // does not end before the end of the task has been counted.
      wake_waiter(sleeper);
    }
    w = next;
  }
}

// Counts an end that is reported by a thread which is no participant of the pool.
void end_elsewhere(pool_state& pool) noexcept {
  const bool awaited = pool.stopping.load(std::memory_order_relaxed);
  // [release: pool.drain] after the push of the task and of all that it and its destruction have
  // spawned. LAST TOUCH: the pool may end.
  pool.tasks_ended_elsewhere.fetch_add(1, std::memory_order_release);
  if (awaited) [[unlikely]] report_end_event();
}

// Ends a task instead of starting it. Requires that the caller has unlinked it (B1).
void end_unstarted(background_task& t) noexcept {
  pool_state& pool = *t.pool;
  const task_list* const ends_in = t.list.load(std::memory_order_relaxed);
  t.cancelled = true;
  t.manager(t, background_task::operation::discard);
  // There may be waiters: B2 does not exclude them for a task that was unlinked just now.
  complete_task(t);
  // If its destruction has called fork(), the child has counted it as lost.
  if (ends_in != unlinked_mark()) return;
  end_elsewhere(pool);
}

// The waiter that has lifted the task may see its end and return before it is told. If the task is
// destroyed here, what its destruction forks must not belong to a root that may be gone. While the
// deque holds jobs, they keep their root.
class scoped_own_root {
public:
  scoped_own_root(participant_state& by, const background_task& t) noexcept
      : self_(by), before_(by.working_for.load(std::memory_order_relaxed)) {
    // Its own tag, too: it may be in the middle of a lift.
    const bool for_task = before_.is(&t.own_root) || before_ == tag_of(t.own_root);
    if (!for_task || by.jobs.peek_oldest().element != nullptr) return;
    changed_ = true;
    // [release: origin.change] the deque is empty.
    by.working_for.store(root_tag(by.own_root), std::memory_order_release);
  }
  ~scoped_own_root() {
    // [release: origin.change] as above; the root may be gone, and serves as a name only.
    if (changed_) self_.working_for.store(before_, std::memory_order_release);
  }
  scoped_own_root(const scoped_own_root&) = delete;
  scoped_own_root& operator=(const scoped_own_root&) = delete;

private:
  participant_state& self_;
  const root_tag before_;
  bool changed_ = false;
};

}  // namespace

background_task::background_task(pool_state& p, body run, manage_fn manage) noexcept
    : job(run != nullptr ? run : &start_coroutine),
      completion(&coroutine_ended),
      pool(&p),
      manager(manage),
      inboxes(p, own_root, this, environment) {
  if constexpr (MICROPOOL_DEBUG_CHECKS) home = &inboxes.home;
  add_cached_ref(p);
}

background_task::~background_task() {
  if (served_before != nullptr) [[unlikely]] drop_servers(*this);
  release_to_cache(*pool);
}

pool_state& spawn_target() { return pool_of(this_thread()); }

void spawn(background_task& t) {
  pool_state& pool = *t.pool;
  const participant_state* self = this_thread().current;
  const bool inside = self != nullptr && self->pool == &pool;
  if (!pool.background.push(t, lane_of_this_thread(), inside)) {
    throw_pool_stopped(pool, t.shared ? "spawn_shared()" : "spawn_owned()");
  }
  // LAST TOUCH: after the push the task may have run.
  notify_spawned(pool);
}

bool ended_or_lost(background_task& t) noexcept {
  if (t.has_ended()) return true;
  if (!lost_by_fork(t)) [[likely]] return false;
  end_lost(t, true);
  return true;
}

void end_task(background_task& t, participant& by) noexcept {
  // Its waiters may exist only in the parent (C2).
  if (t.shared && lost_by_fork(t)) [[unlikely]] return end_lost(t, false);
  pool_state& pool = *t.pool;
  if (t.shown_as != 0) pool.participants.at(t.shown_by).begun.remove(t.shown_as);
  const task_list* const ends_in = t.list.load(std::memory_order_relaxed);
  const scoped_own_root destroys(state_of(by), t);
  // LAST TOUCH: the task may be gone.
  complete_task(t);
  // In a child of fork() a task that was started before the fork is counted as lost.
  if (ends_in != unlinked_mark()) [[unlikely]] return;
  if (by.pool == &pool) {
    auto& ended = state_of(by).tasks_ended;
    // [release: pool.drain] after the pushes of the task and of all that it and its end have
    // spawned.
    ended.store(ended.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  } else {
    // LAST TOUCH: the pool may end.
    end_elsewhere(pool);
  }
}

bool cancel_task(background_task& t) noexcept {
  if (!t.pool->background.remove(t)) return false;
  t.sole_owner = !t.shared;
  // LAST TOUCH: unless the caller has a handle, the task may be gone.
  end_unstarted(t);
  return true;
}

void release(background_task& t) noexcept {
  // The last reference needs no locked instruction: no other thread is left that could count.
  // [acquire: task.references] what others did with the task comes before its end.
  if (t.references.load(std::memory_order_acquire) == 1 ||
      // [acq_rel: task.references] as above.
      t.references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    t.manager(t, background_task::operation::destroy);
  }
}

bool drop_shared(background_task& t) noexcept {
  // [acq_rel: task.references] the wish to cancel that came with another handle.
  if (t.handles.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;
  const bool cancelled = t.unwanted.load(std::memory_order_relaxed) && cancel_task(t);
  release(t);
  return cancelled;
}

void abandon(background_task& t) noexcept {
  t.manager(t, background_task::operation::discard);
  t.manager(t, background_task::operation::destroy);
}

void report_unobserved(const background_task& t, std::exception_ptr e) noexcept {
  t.pool->report(std::move(e), {.spawned_at = t.spawned_at});
}

void cancel_queued(pool_state& pool) noexcept {
  while (background_task* t = pool.background.pop(0)) end_unstarted(*t);
}

void throw_cancelled(const background_task& t) {
  const std::string which = "micropool: join(), try_join() or co_await of the task spawned at " +
                            text_of(t.spawned_at) + ", ";
  if (t.lost) {
    throw task_cancelled(which +
                         "which another thread had started when this process was made by fork(): "
                         "it runs on in the parent only; join it before the fork, or spawn it in "
                         "the child");
  }
  throw task_cancelled(which +
                       "which was cancelled before it had started; look at what cancel() returned, "
                       "or at how its pool was shut down");
}

}  // namespace micropool::detail
