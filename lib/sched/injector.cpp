// SPDX-License-Identifier: MIT OR Apache-2.0
#include "injector.hpp"

#include "sleep.hpp"
#include "wait_graph.hpp"

#include <utility>

namespace micropool::detail {

namespace {

// Does the group wait for what `below` belongs to, directly or not? It may be gone.
bool waits_for(const inbox_group* group, inbox_group& below) noexcept {
  return below.task != nullptr &&
         any_waiting_group(below, [group](const inbox_group& g) { return &g == group; });
}

// Under the lock of the pool in which a job of `from` waits.
bool wake_waiter_of_any(inbox_group& from) noexcept {
  return any_waiting_group(from, [](const inbox_group& g) {
    return wake_waiter_of(*g.home.pool, g.home);
  });
}

}  // namespace

// What concerns the root and those who wait is read under the lock, so that of this and a lift or a
// wait that begins at the same time one knows of the other; and all of it is there, since nobody
// can take the job meanwhile.
posted injector::push(inbox& to, job& j) noexcept {
  const std::lock_guard lock(mutex_);
  const root_tag belongs_to = tag_of(*to.belongs_to);
  if (to.last == nullptr) {
    j.next = &j;
    to.background = belongs_to.background();
    list_of(to).append(to);
  } else {
    j.next = std::exchange(to.last->next, &j);
  }
  to.last = &j;
  // [seq_cst: idle.publish] ordered against the counts of sleepers that are read next.
  to.waiting.fetch_add(1, std::memory_order_seq_cst);
  list_of(to).jobs.fetch_add(1, std::memory_order_seq_cst);
  return {belongs_to, wake_waiter_of_any(*to.group)};
}

found_work injector::take(inbox& in) noexcept {
  ready_list& list = list_of(in);
  job* const j = in.last->next;
  in.waiting.fetch_sub(1, std::memory_order_relaxed);
  list.jobs.fetch_sub(1, std::memory_order_relaxed);
  // Out of the queue, and to its end if more is left.
  list.remove(in);
  if (j == in.last) {
    in.last = nullptr;
  } else {
    in.last->next = j->next;
    list.append(in);
  }
  return {j, stint::of_inbox(in), in.belongs_to, in.pool};
}

found_work injector::pop_any(tier t) noexcept {
  const std::lock_guard lock(mutex_);
  inbox* const first = lists_[static_cast<int>(t)].first;
  return first == nullptr ? found_work{} : take(*first);
}

found_work injector::pop_from(inbox& in) noexcept {
  const std::lock_guard lock(mutex_);
  return in.last == nullptr ? found_work{} : take(in);
}

// The roots and groups of inboxes in the list are there: each has a job that waits.
template <class Wanted>
found_work injector::take_first(ready_list& list, Wanted&& wanted) noexcept {
  for (inbox* i = list.first; i != nullptr; i = i->next_ready) {
    if (wanted(*i)) return take(*i);
  }
  return {};
}

found_work injector::pop_of(const root& r) noexcept {
  const std::lock_guard lock(mutex_);
  return take_first(lists_[0], [&](const inbox& in) { return tag_of(*in.belongs_to).is(&r); });
}

found_work injector::pop_awaited_by(const inbox_group& g) noexcept {
  const std::lock_guard lock(mutex_);
  const auto below = [&](const inbox& in) { return waits_for(&g, *in.group); };
  if (found_work f = take_first(lists_[0], below)) return f;
  return take_first(lists_[1], below);
}

bool injector::wake_waiter_above(const inbox_group* g) noexcept {
  const std::lock_guard lock(mutex_);
  bool for_each = true;
  for (const ready_list& list : lists_) {
    for (const inbox* i = list.first; i != nullptr; i = i->next_ready) {
      for_each = waits_for(g, *i->group) && wake_waiter_of_any(*i->group) && for_each;
    }
  }
  return for_each;
}

void injector::to_foreground(inbox& in) noexcept {
  auto& [foreground, background] = lists_;
  const std::uint32_t jobs = in.waiting.load(std::memory_order_relaxed);
  background.remove(in);
  background.jobs.fetch_sub(jobs, std::memory_order_relaxed);
  in.background = false;
  foreground.append(in);
  // [seq_cst: idle.publish] as in push().
  foreground.jobs.fetch_add(jobs, std::memory_order_seq_cst);
}

bool injector::lift(inbox& in) noexcept {
  const std::lock_guard lock(mutex_);
  const bool waits = in.last != nullptr;
  if (waits && in.background) to_foreground(in);
  ready_list& background = lists_[1];
  for (inbox* i = background.calls == 0 ? nullptr : background.first; i != nullptr;) {
    inbox* const next = i->next_ready;
    if (i->group->task == nullptr && !tag_of(*i->belongs_to).background()) to_foreground(*i);
    i = next;
  }
  return waits && wake_waiter_of_any(*in.group);
}

}  // namespace micropool::detail
