// SPDX-License-Identifier: MIT OR Apache-2.0
#include "injector.hpp"

namespace micropool::detail {

void injector::push(inbox& to, job& j) noexcept {
  const std::lock_guard lock(mutex_);
  j.next = nullptr;
  if (to.head == nullptr) {
    to.head = to.tail = &j;
    to.next_ready = nullptr;
    (first_ == nullptr ? first_ : last_->next_ready) = &to;
    last_ = &to;
  } else {
    to.tail->next = &j;
    to.tail = &j;
  }
  // [seq_cst: idle.publish] ordered against the counts of sleepers that the caller reads next.
  to.waiting.fetch_add(1, std::memory_order_seq_cst);
  ready_.fetch_add(1, std::memory_order_seq_cst);
}

found_work injector::take(inbox& in, inbox* before) noexcept {
  job* j = in.head;
  in.head = j->next;
  in.waiting.fetch_sub(1, std::memory_order_relaxed);
  ready_.fetch_sub(1, std::memory_order_relaxed);
  // Out of the queue, and to its end if more is left.
  (before == nullptr ? first_ : before->next_ready) = in.next_ready;
  if (last_ == &in) last_ = before;
  if (in.head != nullptr) {
    in.next_ready = nullptr;
    (first_ == nullptr ? first_ : last_->next_ready) = &in;
    last_ = &in;
  }
  return {j, stint::of_inbox(in), in.belongs_to, in.pool};
}

found_work injector::pop_any() noexcept {
  const std::lock_guard lock(mutex_);
  return first_ == nullptr ? found_work{} : take(*first_, nullptr);
}

found_work injector::pop_from(inbox& in) noexcept {
  const std::lock_guard lock(mutex_);
  if (in.head == nullptr) return {};
  inbox* before = nullptr;
  for (inbox* i = first_; i != &in; i = i->next_ready) before = i;
  return take(in, before);
}

found_work injector::pop_of(const root& r) noexcept {
  const std::lock_guard lock(mutex_);
  inbox* before = nullptr;
  for (inbox* i = first_; i != nullptr; before = i, i = i->next_ready) {
    if (i->belongs_to == &r) return take(*i, before);
  }
  return {};
}

}  // namespace micropool::detail
