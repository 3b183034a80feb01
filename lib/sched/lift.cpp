// SPDX-License-Identifier: MIT OR Apache-2.0
#include "lift.hpp"

#include "pool_state.hpp"
#include "sleep.hpp"

#include <mutex>

namespace micropool::detail {
namespace {

// What one wait lifts: the tasks that have got their lifted_to, and have not been shown to others
// yet. Each is kept by a reference of its own. A list and not a recursion: tasks may wait for each
// other in long chains.
class lifting {
public:
  explicit lifting(const root& to) noexcept : to_(to) {}

  // Nothing, if it was lifted before.
  void add(background_task& t) noexcept {
    task_root& r = t.own_root;
    const std::lock_guard lock(r.mutex);
    if (r.lifted_to.load(std::memory_order_relaxed) != nullptr) return;
    // [seq_cst: root.lift] L1: once.
    r.lifted_to.store(&to_, std::memory_order_seq_cst);
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

void show(inbox& on, root_tag from, root_tag to) noexcept {
  pool_state& pool = *on.pool;
  bool to_take = false;
  pool.participants.each([&](participant_state& p) {
    root_tag expected = from;
    // [seq_cst: root.lift] against a participant that begins to work for the root meanwhile.
    if (!p.working_for.compare_exchange_strong(expected, to, std::memory_order_seq_cst)) return;
    // Sleepers may accept what they did not accept before (S4).
    p.sleeper_hint.store(true, std::memory_order_relaxed);
    to_take = to_take || p.jobs.sight().element != nullptr;
  });
  const bool waiter_woken = pool.ready.lift(on);
  to_take = to_take || on.waiting.load(std::memory_order_relaxed) != 0;
  if (to_take) notify_posted(pool, {to, waiter_woken});
}

// Whoever begins to work for a root shows the tag, then looks whether the root has been lifted;
// lifted_to is set before the tags are changed here. So one of the two sees the other.
void show(background_task& t, const root& to) noexcept {
  const root_tag from(t.own_root);
  const root_tag now(to);
  show(t.inboxes.home, from, now);
  // [seq_cst: inbox.sibling] an inbox that is linked later belongs to somebody who then sees that
  // the root has been lifted.
  for (inbox* i = t.inboxes.siblings.load(std::memory_order_seq_cst); i != nullptr;
       i = i->sibling) {
    show(*i, from, now);
  }
}

void unlink(task_root& r, task_waiter& w) noexcept {
  (w.before != nullptr ? w.before->after : r.waits) = w.after;
  if (w.after != nullptr) w.after->before = w.before;
  w.listed = false;
}

// Takes a wait off the list; returns what it waits for, with a reference. Whoever is listed has not
// been told of an end, so that is there. One lock at a time: tasks may wait for each other in a
// circle.
background_task* take_first_wait(task_root& r) noexcept {
  const std::lock_guard lock(r.mutex);
  task_waiter* const w = r.waits;
  if (w == nullptr) return nullptr;
  unlink(r, *w);
  w->awaited->references.fetch_add(1, std::memory_order_relaxed);
  return w->awaited;
}

void lift(background_task& first, const root& to) noexcept {
  lifting lifted(to);
  lifted.add(first);
  while (background_task* t = lifted.take()) {
    show(*t, to);
    // Whoever announces a wait in this task's work later sees that it has been lifted.
    while (background_task* awaited = take_first_wait(t->own_root)) {
      lifted.add(*awaited);
      release(*awaited);
    }
    release(*t);
  }
}

}  // namespace

void announce_wait(background_task& t, task_waiter& w, const root& waiter) noexcept {
  const root* to = &waiter;
  if (waiter.background) {
    auto& r = const_cast<task_root&>(static_cast<const task_root&>(waiter));
    const std::lock_guard lock(r.mutex);
    to = r.lifted_to.load(std::memory_order_relaxed);
    if (to == nullptr) {
      w.awaited = &t;
      w.root_of_wait = &r;
      w.listed = true;
      w.after = r.waits;
      if (w.after != nullptr) w.after->before = &w;
      r.waits = &w;
      return;
    }
  }
  lift(t, *to);
}

void end_wait(task_waiter& w) noexcept {
  if (w.root_of_wait == nullptr) return;
  const std::lock_guard lock(w.root_of_wait->mutex);
  if (w.listed) unlink(*w.root_of_wait, w);
}

void work_for(participant_state& p, const root& r) noexcept {
  const root_tag tag = tag_of(r);
  if (!tag.background()) {
    // [release: stint.change] between the base and the stint.
    p.working_for.store(tag, std::memory_order_release);
    return;
  }
  // [seq_cst: root.lift] [release: stint.change] shown before the second look.
  p.working_for.exchange(tag, std::memory_order_seq_cst);
  const root_tag now = tag_of(r);
  // Only if it has been lifted: otherwise the tag may have been changed by a lifter since.
  // [release: stint.change] as above.
  if (now != tag) p.working_for.store(now, std::memory_order_release);
}

}  // namespace micropool::detail
