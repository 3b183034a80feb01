// SPDX-License-Identifier: MIT OR Apache-2.0
// fork(): the child has a copy of all memory and one thread, the one that has forked.
//
// A naive child uses the pools as they are: it waits for locks that missing threads hold, for
// workers that do not run, and for the ends of tasks that no thread continues.
//
//   C1  No list is half changed: every lock that outlives a call is held while the process is
//       copied. Each thread takes at most some of them in the order of lock_all(), so that does not
//       deadlock. join_mutex_ is held as long as workers run, and is made anew instead.
//   C2  Nothing in the child refers to a stack of a missing thread, which the system uses again for
//       new threads: jobs, calls and waiters that lie there are taken out of every deque, inbox and
//       list, before the child has a second thread.
//   C3  A missing worker counts as asleep. Waking it makes its thread anew
//       (pool_state::start_again).
//   C4  Tasks that waited in the queues still wait there, and will run. Tasks that missing threads
//       had started are lost: they count as ended, and their handles report task_cancelled. Those
//       that the forking thread is inside of continue.
#include "fork_mark.hpp"
#include "fork_survivor.hpp"
#include "serving.hpp"
#include "wait_graph.hpp"
#include "wait_lists.hpp"

#include "../work/store_locks.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace micropool::detail {

constinit std::uintptr_t process_mark = 0;

namespace {

// In this order; the locks of the pools one pool after the other (C1).
void lock_all() noexcept {
  lock_serving();
  lock_all_pools();
  for (pool_state* p = first_pool(); p != nullptr; p = p->links.next) {
    p->participants.lock();
    p->ready.lock();
    p->background.lock();
  }
  lock_wait_graph();
  lock_frame_store();
  lock_stack_store();
}

void unlock_all() noexcept {
  unlock_stack_store();
  unlock_frame_store();
  unlock_wait_graph();
  for (pool_state* p = first_pool(); p != nullptr; p = p->links.next) {
    p->background.unlock();
    p->ready.unlock();
    p->participants.unlock();
  }
  unlock_all_pools();
  unlock_serving();
}

// C2 for the waiters of a task that still ends here.
void drop_missing_waiters(background_task& t, survivor& me) noexcept {
  task_waiter* w = t.waiters.load(std::memory_order_relaxed);
  task_waiter* kept = nullptr;
  while (w != nullptr) {
    task_waiter* const next = w->next;
    const bool mine =
        w->coroutine != nullptr ? me.has(*w->coroutine->home->group) : me.on_stack(w);
    if (mine) {
      w->next = kept;
      kept = w;
    }
    w = next;
  }
  t.waiters.store(kept, std::memory_order_relaxed);
  // And for what the task's own work waits for. A coroutine's entry lies in its frame, so it
  // stays.
  for (w = t.inboxes.waits; w != nullptr;) {
    task_waiter* const next = w->next_wait;
    if (!w->by_coroutine && !me.on_stack(w)) unlist(*w);
    w = next;
  }
  blocked_call* calls = t.own_root.calls;
  blocked_call* last = t.own_root.calls = nullptr;
  for (; calls != nullptr; calls = calls->next) {
    if (!me.on_stack(calls)) continue;
    calls->prev = last;
    (last != nullptr ? last->next : t.own_root.calls) = calls;
    last = calls;
  }
  if (last != nullptr) last->next = nullptr;
  t.inboxes.pins.store(0, std::memory_order_relaxed);
}

// C2 for the root that the task was lifted to. It belongs to its own root again.
void drop_missing_lift(background_task& t, survivor& me) noexcept {
  const root* const to = t.own_root.lifted_to.load(std::memory_order_relaxed);
  if (to == nullptr || me.on_stack(to)) return;
  t.own_root.lifted_to.store(nullptr, std::memory_order_relaxed);
  me.each_slot_in(t, [&](participant_state& p) {
    if (!p.working_for.load(std::memory_order_relaxed).is(to)) return;
    p.working_for.store(root_tag(t.own_root), std::memory_order_relaxed);
  });
}

// Marks the task as started by this process.
void keep_started(background_task& t, survivor& me) noexcept {
  drop_missing_waiters(t, me);
  drop_missing_lift(t, me);
  t.list.store(unlinked_mark(), std::memory_order_relaxed);
}

// Returns true if the task itself waits in its inbox without having been started (claim_for). All
// else that waits there belongs to a task that has been.
bool waits_unstarted(const inbox& in) noexcept {
  job* const task = in.group->task;
  if (task == nullptr) return false;
  job* j = in.last;
  do {
    if (j == task) return true;
    j = j->next;
  } while (j != in.last);
  return false;
}

// C2 and C4 for what waits in inboxes that the pool serves. Counts the tasks there that have not
// been started, each for its own pool.
void keep_inboxes(pool_state& pool, survivor& me) noexcept {
  const auto keeps = [&](inbox& in) {
    if (!waits_unstarted(in)) return me.has(*in.group);
    background_task& t = *in.group->task;
    keep_started(t, me);
    t.next = &t;
    in.last = &t;
    in.waiting.store(1, std::memory_order_relaxed);
    ++t.pool->unstarted_in_inboxes;
    return true;
  };
  pool.ready.retain(
      [](inbox& in, void* f) { return (*static_cast<const decltype(keeps)*>(f))(in); },
      const_cast<void*>(static_cast<const void*>(&keeps)));
}

// C3. Also forgets the jobs in the deque.
void make_anew(participant_state& p) noexcept {
  pool_state& pool = *p.pool;
  const std::uint32_t id = p.id;
  const bool is_worker = p.is_worker;
  const participant_state::totals so_far = p.all_so_far();
  std::destroy_at(&p);
  std::construct_at(&p, pool, id, is_worker);
  p.add(so_far);
}

}  // namespace

void pool_state::survive_fork(bool (*is_me)(const participant_state&, const void*), const void* me,
                              std::uint64_t kept) noexcept {
  // Tasks that were pushed and have neither ended, nor wait, nor are kept, are lost with the
  // missing threads. They include tasks whose end such a thread had not counted yet.
  const std::uint64_t ended = tasks_ended();
  const std::uint64_t there = background.waiting() + unstarted_in_inboxes + kept;
  lost_tasks += background.pushed() - ended - there;
  lost_migrants = migrants.load(std::memory_order_relaxed);
  installations.store(0, std::memory_order_relaxed);
  const bool over = ending.load(std::memory_order_relaxed);
  std::uint64_t asleep = 0;
  std::uint32_t places = 0;
  participants.each([&](participant_state& p) {
    if (is_me(p, me)) {
      p.lost_below = p.jobs.oldest();
      p.sleeper_hint.store(true, std::memory_order_relaxed);
      if (p.holds_place) ++places;
      return;
    }
    make_anew(p);
    participants.show_awake(p);
    if (!p.is_worker) return participants.release(p);
    if (p.id >= threads_.size()) return;  // its pool is not finished
    std::construct_at(&threads_[p.id]);
    if (over) return;
    p.thread.store(participant_state::thread_state::missing, std::memory_order_relaxed);
    p.resting.store(participant_state::rest::as_worker, std::memory_order_relaxed);
    participants.show_asleep(p);
    ++asleep;
  });
  idle.store(asleep * one_sleeping, std::memory_order_relaxed);
  sleeping_waiters.store(0, std::memory_order_relaxed);
  places_taken_.store(places, std::memory_order_relaxed);
  // Its workers have reported, or cannot any more.
  workers_started.store(threads_.size(), std::memory_order_relaxed);
  std::construct_at(&join_mutex_);
}

namespace {

void in_child() noexcept {
  unlock_all();
  process_mark += process_mark == 0 ? 1 : 2;
  forget_unfinished_default_pool();
  forget_fresh_marks();
  survivor me;
  // Before the inboxes, because the root of a task decides for which tier they count.
  for (background_task* t : me.tasks()) keep_started(*t, me);
  survivor::each_pool([](pool_state& pool) { pool.unstarted_in_inboxes = 0; });
  survivor::each_pool([&](pool_state& pool) { keep_inboxes(pool, me); });
  survivor::each_pool([&](pool_state& pool) {
    const auto kept = std::ranges::count(me.tasks(), &pool, &background_task::pool);
    pool.survive_fork(
        [](const participant_state& p, const void* s) {
          return static_cast<const survivor*>(s)->is_me(p);
        },
        &me, static_cast<std::uint64_t>(kept));
  });
}

// Runs before the static initialisers of the program, which may fork.
[[gnu::constructor(101)]] void register_handlers() noexcept {
  ::pthread_atfork(&lock_all, &unlock_all, &in_child);
}

}  // namespace

}  // namespace micropool::detail
