// SPDX-License-Identifier: MIT OR Apache-2.0
#include "injector.hpp"

#include "pool_state.hpp"

#include <functional>
#include <utility>

namespace micropool::detail {

pool_state& server_of(const inbox& in) noexcept {
  if (has_workers(*in.pool)) return *in.pool;
  // [acquire: inbox.served] the pool.
  return *in.group->served_by.load(std::memory_order_acquire);
}

// The group exists, so all pools that have ever served it do.
std::pair<std::unique_lock<short_mutex>, pool_state*> injector::lock_server_of(inbox& in) noexcept {
  for (;;) {
    pool_state& at = server_of(in);
    std::unique_lock lock(at.ready.mutex_);
    if (&server_of(in) == &at) return {std::move(lock), &at};
  }
}

// The root and the waiters are read under the lock, so that of a push and a lift or a wait that
// begins at the same time one sees the other. All of them exist: no thread can take the job
// meanwhile.
post_result injector::push(inbox& to, job& j, wake_for wake) noexcept {
  const auto [lock, at] = lock_server_of(to);
  injector& here = at->ready;
  const root_tag belongs_to = tag_of(*to.belongs_to);
  if (to.last == nullptr) {
    j.next = &j;
    to.background = belongs_to.background();
    here.list_of(to).append(to);
  } else {
    j.next = std::exchange(to.last->next, &j);
  }
  to.last = &j;
  // [seq_cst: idle.publish] ordered against the counts of sleepers that are read next.
  to.waiting.fetch_add(1, std::memory_order_seq_cst);
  here.list_of(to).jobs.fetch_add(1, std::memory_order_seq_cst);
  // From here on the end of that pool waits for the poster.
  if (at != to.pool) at->migrants.fetch_add(1, std::memory_order_relaxed);
  return {belongs_to, wake(*to.group), at};
}

found_work injector::take(inbox& in) noexcept {
  ready_list& list = list_of(in);
  job* const j = in.last->next;
  in.waiting.fetch_sub(1, std::memory_order_relaxed);
  list.jobs.fetch_sub(1, std::memory_order_relaxed);
  // Removes the inbox from the list, and appends it again if more is left.
  list.remove(in);
  if (j == in.last) {
    in.last = nullptr;
  } else {
    in.last->next = j->next;
    list.append(in);
  }
  return {j, work_origin::of_inbox(in), in.belongs_to, in.environment, in.pool};
}

found_work injector::pop_any(tier t) noexcept {
  const std::lock_guard lock(mutex_);
  inbox* const first = lists_[static_cast<int>(t)].first;
  return first == nullptr ? found_work{} : take(*first);
}

found_work injector::pop_from(inbox& in) noexcept {
  const auto [lock, at] = lock_server_of(in);
  return in.last == nullptr ? found_work{} : at->ready.take(in);
}

// The roots and groups of the inboxes in the list exist: a job waits in each.
template <class Wanted>
found_work injector::take_first(ready_list& list, Wanted&& wanted) noexcept {
  for (inbox* i = list.first; i != nullptr; i = i->next_ready) {
    if (wanted(*i)) return take(*i);
  }
  return {};
}

found_work injector::pop_on(const pool_state& pool) noexcept {
  const std::lock_guard lock(mutex_);
  const auto there = [&](const inbox& in) { return in.pool == &pool; };
  if (found_work f = take_first(lists_[0], there)) return f;
  return take_first(lists_[1], there);
}

found_work injector::pop_of(const root& r) noexcept {
  const std::lock_guard lock(mutex_);
  return take_first(lists_[0], [&](const inbox& in) { return tag_of(*in.belongs_to).is(&r); });
}

void injector::remove(inbox& in) noexcept {
  list_of(in).remove(in);
  list_of(in).jobs.fetch_sub(in.waiting.load(std::memory_order_relaxed),
                             std::memory_order_relaxed);
}

void injector::add(inbox& in) noexcept {
  list_of(in).append(in);
  // [seq_cst: idle.publish] as in push().
  list_of(in).jobs.fetch_add(in.waiting.load(std::memory_order_relaxed),
                             std::memory_order_seq_cst);
}

void injector::to_foreground(inbox& in) noexcept {
  remove(in);
  in.background = false;
  add(in);
}

void injector::retain(bool (*keeps)(inbox&, void*), void* with) noexcept {
  inbox* const first[] = {lists_[0].first, lists_[1].first};
  for (ready_list& list : lists_) {
    list.first = nullptr;
    list.last = nullptr;
    list.calls = 0;
    list.jobs.store(0, std::memory_order_relaxed);
  }
  for (inbox* i : first) {
    while (i != nullptr) {
      inbox& in = *i;
      i = in.next_ready;
      if (keeps(in, with)) {
        in.background = tag_of(*in.belongs_to).background();
        list_of(in).append(in);
        list_of(in).jobs.fetch_add(in.waiting.load(std::memory_order_relaxed),
                                   std::memory_order_relaxed);
      } else {
        in.last = nullptr;
        in.waiting.store(0, std::memory_order_relaxed);
      }
    }
  }
}

post_result injector::lift(inbox& in, root_tag to, wake_for wake) noexcept {
  const auto [lock, at] = lock_server_of(in);
  injector& here = at->ready;
  const bool waits = in.last != nullptr;
  if (waits && in.background) here.to_foreground(in);
  ready_list& background = here.lists_[1];
  for (inbox* i = background.calls == 0 ? nullptr : background.first; i != nullptr;) {
    inbox* const next = i->next_ready;
    if (i->group->task == nullptr && !tag_of(*i->belongs_to).background()) here.to_foreground(*i);
    i = next;
  }
  return {to, waits && wake(*in.group), at};
}

bool injector::move(inbox_group& g, pool_state& to) noexcept {
  // Calls for one group do not overlap, so no other thread changes it.
  injector& from = g.served_by.load(std::memory_order_relaxed)->ready;
  injector* first = &from;
  injector* second = &to.ready;
  if (std::less<>()(second, first)) std::swap(first, second);
  const std::lock_guard lock_first(first->mutex_);
  const std::lock_guard lock_second(second->mutex_);
  // [release: inbox.served] the pool.
  g.served_by.store(&to, std::memory_order_release);
  bool moved = false;
  const auto move = [&](inbox& in) {
    if (in.last == nullptr || has_workers(*in.pool)) return;
    from.remove(in);
    to.ready.add(in);
    moved = true;
  };
  move(g.home);
  // [seq_cst: inbox.sibling] one that is linked later is empty.
  for (inbox* i = g.siblings.load(std::memory_order_seq_cst); i != nullptr; i = i->sibling) move(*i);
  return moved;
}

}  // namespace micropool::detail
