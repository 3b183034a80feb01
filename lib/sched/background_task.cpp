// SPDX-License-Identifier: MIT OR Apache-2.0
// The life of a spawned task: queued, started once or cancelled, ended, reported.
#include <micropool/detail/sched/background_task.hpp>

#include "help_loop.hpp"
#include "lift.hpp"
#include "run_job.hpp"
#include "sleep.hpp"
#include "thread_local_state.hpp"
#include "visit.hpp"

#include <micropool/error.hpp>

#include <string>
#include <utility>

namespace micropool::detail {
namespace {

void coroutine_ended(completion& c, participant& p) noexcept {
  // LAST TOUCH: the task may be gone.
  end_task(static_cast<background_task&>(c), p);
}

// What a worker that takes the task runs, if it is a coroutine.
void start_coroutine(job& j, participant& p) noexcept {
  auto& t = static_cast<background_task&>(j);
  t.coroutine->up = &t;
  t.coroutine->home = &t.inboxes.home;
  p.next = t.coroutine;
}

// One thread always uses the same lane, so that its tasks stay in order. Multiplied, since the
// blocks that threads keep their variables in lie whole pages apart.
std::uint64_t lane_of_this_thread() noexcept {
  return (reinterpret_cast<std::uintptr_t>(&this_thread()) * 0x9e37'79b9'7f4a'7c15u) >> 32;
}

bool claim(background_task& t) noexcept { return t.pool->background.remove(t); }

// For somebody who waits. True if it may start the task in place, as its own child; otherwise
// others have started it, or it now waits in its own inbox (B4).
bool claim_for(background_task& t, const root& waiter) noexcept {
  if (!claim(t)) return false;
  if (!t.shared || (t.coroutine == nullptr && !tag_of(waiter).background())) return true;
  post(t.inboxes.home, t);
  return false;
}

// Starts a claimed task on this thread, for a caller that waits for its end. False if it has
// suspended.
bool run_in_place(background_task& t, participant& p, inbox& home) noexcept {
  if (t.coroutine == nullptr) {
    t.alone = !t.shared;
    t.execute(t, p);
    return true;
  }
  t.coroutine->up = &t;
  t.coroutine->home = &home;
  t.coroutine->runner = &p;
  t.coroutine->handle().resume();
  if (p.unwinding) return false;
  end_task(t, p);
  return true;
}

void require_other_task([[maybe_unused]] const background_task& t,
                        [[maybe_unused]] const root& waiting) noexcept {
  MICROPOOL_ASSERT(!tag_of(waiting).is(&t.own_root),
                   "do not join or await a background task from inside itself or from what it has "
                   "forked: it cannot end before the wait does");
}

// B3. Gives up the pool's reference and reports the end to all who wait. In this order, so that
// what the task leaves is destroyed by those who had handles; as long as one of them waits, the
// task stays.
void finish(background_task& t) noexcept {
  if (t.alone) {
    // That of the only handle is left.
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
    // To its inbox rather than on at once: it does not descend from this task (theorem, 3).
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

// By whoever has unlinked it, instead of starting it.
void end_unstarted(background_task& t) noexcept {
  pool_state& pool = *t.pool;
  t.cancelled = true;
  t.of_type(t, background_task::request::discard);
  // There may be waiters: B2 says nothing about a task that was unlinked just now.
  finish(t);
  // [release: pool.drain] after its push, and after all that its destruction has pushed.
  // LAST TOUCH: the pool may end.
  pool.tasks_ended_elsewhere.fetch_add(1, std::memory_order_release);
}

// Whoever has lifted the task may see its end and return before it can be told: if the task is
// destroyed here, what that forks must not belong to a root that may be gone. Where the deque holds
// jobs, they keep their root.
class own_root_meanwhile {
public:
  own_root_meanwhile(participant_state& by, const background_task& t) noexcept
      : self_(by), before_(by.working_for.load(std::memory_order_relaxed)) {
    // Its own tag, too: it may be lifted just now.
    const bool for_task = before_.is(&t.own_root) || before_ == tag_of(t.own_root);
    if (!for_task || by.jobs.sight().element != nullptr) return;
    changed_ = true;
    // [release: stint.change] the deque is empty.
    by.working_for.store(root_tag(by.own_root), std::memory_order_release);
  }
  ~own_root_meanwhile() {
    // [release: stint.change] as above; the root may be gone, and serves as a name only.
    if (changed_) self_.working_for.store(before_, std::memory_order_release);
  }
  own_root_meanwhile(const own_root_meanwhile&) = delete;
  own_root_meanwhile& operator=(const own_root_meanwhile&) = delete;

private:
  participant_state& self_;
  const root_tag before_;
  bool changed_ = false;
};

}  // namespace

background_task::background_task(pool_state& p, body run, by_type manage) noexcept
    : job(run != nullptr ? run : &start_coroutine),
      completion(1, &coroutine_ended),
      pool(&p),
      of_type(manage),
      inboxes(p, own_root, this) {
  keep_from_stock(p);
}

background_task::~background_task() { drop_to_stock(*pool); }

pool_state& spawn_target() { return pool_of(this_thread()); }

void spawn(background_task& t) {
  pool_state& pool = *t.pool;
  const participant_state* self = this_thread().current;
  const bool inside = self != nullptr && self->pool == &pool;
  if (!pool.background.push(t, lane_of_this_thread(), inside)) throw_pool_stopped();
  // LAST TOUCH: from here on the task may have run.
  notify_spawned(pool);
}

void end_task(background_task& t, participant& by) noexcept {
  pool_state& pool = *t.pool;
  const own_root_meanwhile destroys(state_of(by), t);
  // LAST TOUCH: the task may be gone.
  finish(t);
  if (by.pool == &pool) {
    auto& ended = state_of(by).tasks_ended;
    // [release: pool.drain] after the push of this task and of all that it and its destruction have
    // spawned.
    ended.store(ended.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  } else {
    // [release: pool.drain] as above. LAST TOUCH: the pool may end.
    pool.tasks_ended_elsewhere.fetch_add(1, std::memory_order_release);
  }
}

bool add_waiter(background_task& t, task_waiter& w) noexcept {
  pool_state& pool = *t.pool;
  inbox_group* const group = w.coroutine != nullptr ? w.coroutine->home->group : nullptr;
  // [seq_cst: idle.publish] before the group can be found by way of the task: whoever blocks for
  // its sake looks for jobs of tasks as well, from now on.
  if (group != nullptr) group->has_awaited.store(true, std::memory_order_seq_cst);
  // [acquire: task.end] the result, if it has ended.
  task_waiter* first = t.waiters.load(std::memory_order_acquire);
  keep_from_stock(pool);
  bool added = false;
  while (!added && first != t.end_mark()) {
    w.next = first;
    // [acq_rel: task.end] the waiter is whole before it can be found; and as above.
    // [seq_cst: idle.publish] before the look at what is ready: a poster that comes at the same
    // time sees the waiter, or its job is seen here.
    added = t.waiters.compare_exchange_weak(first, &w, std::memory_order_seq_cst);
  }
  // LAST TOUCH: once it was added, the waiter and the task may be gone.
  if (!added) end_wait(w);
  if (added && group != nullptr) {
    const auto wake_above = [group](pool_state& p) {
      if (!p.ready.empty()) p.ready.wake_waiter_above(group);
      return false;
    };
    wake_above(pool);
    any_other_pool(pool, wake_above);
  }
  drop_to_stock(pool);
  return added;
}

void join_task(background_task& t) {
  if (t.has_ended()) return;
  const participation here(participation::late_call{}, *t.pool);
  auto& self = state_of(here.self());
  const participant::index base = self.jobs.bottom();
  const root& mine = current_root(self);
  task_waiter me;
  if (claim_for(t, mine)) {
    blocked_call call(*t.pool, mine);
    const bottom b(self);
    if (run_in_place(t, self, call.home)) return;
    resume_next(self);
    if (add_waiter(t, me)) help(self, me.ended, {base, &call, here.whole_root()});
    return;
  }
  require_other_task(t, mine);
  announce_wait(t, me, mine);
  if (!add_waiter(t, me)) return;
  // Where the task has been lifted to another root before, only the chain of thefts tells what
  // descends from it.
  const root* whole = tag_of(t.own_root).is(here.whole_root()) ? here.whole_root() : nullptr;
  const bottom b(self);
  help(self, me.ended, {base, &t.inboxes, whole});
}

void help_task(background_task& t) {
  if (t.has_ended()) return;
  const participation here(participation::late_call{}, *t.pool);
  auto& self = state_of(here.self());
  // The task does not belong to this call, which does not wait for its end; hence the visits.
  if (claim(t)) run_as_visitor({&t, stint::of_inbox(t.inboxes.home), &t.own_root, t.pool});
  while (!t.has_ended()) {
    const root_tag tag = tag_of(t.own_root);
    const found_work f = find_own_work(
        self, {self.jobs.bottom(), &t.inboxes, tag.is(&t.own_root) ? tag.get() : nullptr});
    if (!f) return;
    run_as_visitor(f);
  }
}

bool run_or_announce(background_task& t, frame& parent, task_waiter& w) noexcept {
  if (t.has_ended()) return true;
  participant& p = *parent.runner;
  if (t.pool != p.pool) {
    // It runs on its own pool, and goes before what is queued there.
    if (claim(t)) post(t.inboxes.home, t);
    require_other_task(t, *parent.home->belongs_to);
    announce_wait(t, w, *parent.home->belongs_to);
    return false;
  }
  const root& mine = *parent.home->belongs_to;
  if (claim_for(t, mine)) {
    if (t.coroutine != nullptr && p.is_deep()) [[unlikely]] {
      t.coroutine->up = &t;
      t.coroutine->home = parent.home;
      p.next = t.coroutine;
      return false;
    }
    return run_in_place(t, p, *parent.home);
  }
  require_other_task(t, mine);
  announce_wait(t, w, mine);
  return false;
}

bool cancel_task(background_task& t) noexcept {
  if (!claim(t)) return false;
  t.alone = !t.shared;
  // LAST TOUCH: unless the caller has a handle, the task may be gone.
  end_unstarted(t);
  return true;
}

void release(background_task& t) noexcept {
  // The last one needs no locked instruction: nobody else is left who could count.
  // [acquire: task.references] what others did with the task comes before its end.
  if (t.references.load(std::memory_order_acquire) == 1 ||
      // [acq_rel: task.references] as above.
      t.references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    t.of_type(t, background_task::request::destroy);
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
  t.of_type(t, background_task::request::discard);
  t.of_type(t, background_task::request::destroy);
}

void report_unobserved(const background_task& t, std::exception_ptr e) noexcept {
  t.pool->report(std::move(e));
}

void cancel_queued(pool_state& pool) noexcept {
  while (background_task* t = pool.background.pop(0)) end_unstarted(*t);
}

void throw_cancelled() {
  throw task_cancelled(
      "micropool: joined a background task that was cancelled before it had started; look at "
      "what cancel() returned, or at how the pool was shut down");
}

void throw_empty_handle(const char* call) {
  throw empty_handle(std::string("micropool: ") + call +
                     " on a handle that holds no task (moved from, joined, cancelled or "
                     "default-constructed); use each handle until it is joined");
}

}  // namespace micropool::detail
