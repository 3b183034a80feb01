// SPDX-License-Identifier: MIT OR Apache-2.0
// Where a wait begins: lifting, by which a background task that foreground work waits for becomes a
// part of the waiter's root, and so do the tasks that it waits for in turn.
#include "fork_mark.hpp"
#include "pool_state.hpp"
#include "serving.hpp"
#include "sleep.hpp"
#include "wait_graph.hpp"
#include "wait_lists.hpp"
#include "wait_marks.hpp"

#include <mutex>

namespace micropool::detail {
namespace {

// The tasks that one wait lifts: those that have got their lifted_to, and whose tags other
// participants do not show yet. Each is kept by a reference. A list and not a recursion: tasks may
// wait for each other in long chains.
class lift_worklist {
public:
  explicit lift_worklist(const root& to) noexcept : to_(to) {}

  // Adds the task unless it was lifted before, or lost by fork(). It must not end meanwhile.
  void add(background_task& t) noexcept {
    if (lost_by_fork(t)) [[unlikely]] return;
    const root* none = nullptr;
    // [seq_cst: root.lift] L1: once.
    if (!t.own_root.lifted_to.compare_exchange_strong(none, &to_, std::memory_order_seq_cst)) {
      return;
    }
    t.references.fetch_add(1, std::memory_order_relaxed);
    t.next_lifted = first_;
    first_ = &t;
  }
  background_task* take() noexcept {
    background_task* t = first_;
    if (t != nullptr) first_ = t->next_lifted;
    return t;
  }

private:
  const root& to_;
  background_task* first_ = nullptr;
};

// Returns true if a thread sleeps that may want what has just changed.
bool has_sleepers(const pool_state& pool) noexcept {
  // [seq_cst: idle.publish] after the tags: a thread that is counted later sees them.
  return pool_state::sleeping(pool.idle.load(std::memory_order_seq_cst)) > 0 ||
         pool.sleeping_waiters.load(std::memory_order_seq_cst) > 0;
}

void retag(inbox& on, root_tag from, root_tag to) noexcept {
  pool_state& pool = *on.pool;
  bool changed = false;
  pool.participants.each([&](participant_state& p) {
    // [seq_cst: root.lift] as below, for a participant that shows another tag: read first, because
    // most do, and a locked operation would take the cache line from each of them.
    root_tag expected = p.working_for.load(std::memory_order_seq_cst);
    if (expected != from) return;
    // [seq_cst: root.lift] against a participant that begins to work for the root meanwhile.
    if (!p.working_for.compare_exchange_strong(expected, to, std::memory_order_seq_cst)) return;
    changed = true;
    // Waiters may accept now what they did not accept before, and may be asleep (S4). The pusher
    // may be lowering its hint, having read the old tag, so this counts as a sleeper that comes:
    // [seq_cst: idle.publish] the epoch moves after the tag and before the hint.
    pool.sleep_epoch.fetch_add(1, std::memory_order_seq_cst);
    // [release: sleep.hint] a pusher that lowers this hint sees the epoch.
    p.sleeper_hint.store(true, std::memory_order_release);
  });
  bool to_take = false;
  if (changed && has_sleepers(pool)) {
    // S3, on behalf of those that sleep: a push that has not seen the hint is seen below.
    heavy_fence();
    to_take = pool.participants.any(0, [to](const participant_state& p) {
      // [acquire: origin.change] may be out of date, which affects only a wake-up.
      return p.working_for.load(std::memory_order_acquire) == to &&
             p.jobs.peek_oldest().element != nullptr;
    });
  }
  const post_result lifted = injector::lift(on, to, &tell_watchers);
  if (to_take) notify_posted(pool, lifted);
  // The task exists, so the pool that serves it does.
  if (on.waiting.load(std::memory_order_relaxed) != 0) notify_posted(*lifted.at, lifted);
}

// A participant that begins to work for a root shows the tag, then checks whether the root was
// lifted; a lifter sets lifted_to before it changes the tags. So one of the two sees the other.
void retag(background_task& t, const root& to) noexcept {
  const root_tag from(t.own_root);
  const root_tag now(to);
  retag(t.inboxes.home, from, now);
  // [seq_cst: inbox.sibling] a thread that links an inbox later sees that the root was lifted.
  for (inbox* i = t.inboxes.siblings.load(std::memory_order_seq_cst); i != nullptr;
       i = i->sibling) {
    retag(*i, from, now);
  }
}

void add_all(lift_worklist& lifted, const inbox_group& g) noexcept {
  // A listed waiter has not been told of an end, so what it waits for exists.
  for (const task_waiter* w = g.waits; w != nullptr; w = w->next_wait) lifted.add(*w->awaited);
}

// Lifts the task and, transitively, all tasks that its work waits for. Each gets its lifted_to
// first, then the tags of its participants and inboxes change, then its lists of waits are read. A
// wait that is listed at the same time reads lifted_to after it is listed, so one of the two sees
// the other.
void lift(background_task& first, const root& to) noexcept {
  lift_worklist lifted(to);
  lifted.add(first);
  while (background_task* t = lifted.take()) {
    retag(*t, to);
    {
      // A wait that is announced in this task's work later sees that the task has been lifted.
      const std::lock_guard lock(lock_of(t->own_root));
      add_all(lifted, t->inboxes);
      for (blocked_call* c = t->own_root.calls; c != nullptr; c = c->next) add_all(lifted, *c);
    }
    release(*t);
  }
}

// `of` is the group of a coroutine that waits, or null for a thread.
void announce(background_task& t, task_waiter& w, const root& waiter, inbox_group* of) noexcept {
  w.awaited = &t;
  w.by_coroutine = of != nullptr;
  const root* to = &waiter;
  if (waiter.background) {
    const auto& r = static_cast<const task_root&>(waiter);
    list_wait(of != nullptr ? *of : r.task->inboxes, w);
    // After the lock under which the wait was listed: this sees the lift, or the lifter the wait.
    // [acquire: root.lift] the waiter's root, which lies on the stack of another thread.
    to = r.lifted_to.load(std::memory_order_acquire);
  } else if (of != nullptr) {
    list_wait(*of, w);
  }
  if (to != nullptr) lift(t, *to);
}

}  // namespace

void announce_wait(background_task& t, task_waiter& w, const root& waiter) noexcept {
  announce(t, w, waiter, nullptr);
}

void announce_wait(background_task& t, task_waiter& w, const inbox& waiter) noexcept {
  announce(t, w, *waiter.belongs_to, waiter.group);
  serve_awaited(t, waiter);
}

}  // namespace micropool::detail
