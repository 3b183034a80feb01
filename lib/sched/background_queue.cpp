// SPDX-License-Identifier: MIT OR Apache-2.0
#include "background_queue.hpp"

#include "fork_mark.hpp"

#include <algorithm>
#include <utility>

namespace micropool::detail {
namespace {

background_task* next_of(const background_task& t) noexcept {
  return static_cast<background_task*>(t.next);
}

bool may_have(const task_list& l) noexcept {
  return l.waiting.load(std::memory_order_relaxed) != 0;
}

// How many of the oldest tasks a consumer moves at once, of those that wait. A larger share means
// that the consumer visits the back less often, and that it contends more often with a joiner,
// which also begins with the oldest. Measured in docs/decisions/10.
std::uint32_t batch_of(std::uint32_t waiting) noexcept { return std::min(waiting / 8, 15u); }

}  // namespace

bool background_queue::push(background_task& t, std::uint64_t at, bool inside) noexcept {
  lane& l = lanes_[at % lane_count];
  task_list& back = l.back;
  const std::lock_guard lock(back.mutex);
  if (l.closed && !inside) return false;
  ++l.pushed;
  t.prev = back.last;
  t.next = nullptr;
  if (back.last == nullptr) {
    back.first = &t;
  } else {
    back.last->next = &t;
  }
  back.last = &t;
  t.list.store(&back, std::memory_order_relaxed);
  // The unlocking orders the push against the count of sleepers that the caller reads next (Q4).
  back.waiting.store(back.waiting.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return true;
}

void task_list::unlink(background_task& t) noexcept {
  background_task* const next = next_of(t);
  if (t.prev == nullptr) {
    first = next;
  } else {
    t.prev->next = next;
  }
  (next == nullptr ? last : next->prev) = t.prev;
  t.list.store(unlinked_mark(), std::memory_order_relaxed);
  // [release: queue.advance] what others have moved from here to the front.
  waiting.store(waiting.load(std::memory_order_relaxed) - 1, std::memory_order_release);
}

background_task* background_queue::pop(std::uint64_t turn) noexcept {
  for (std::uint32_t i = 0; i < lane_count; ++i) {
    if (background_task* t = lanes_[(turn + i) % lane_count].pop()) return t;
  }
  return nullptr;
}

background_task* background_queue::try_pop(std::uint64_t turn, bool& refused) noexcept {
  for (std::uint32_t i = 0; i < lane_count; ++i) {
    if (background_task* t = lanes_[(turn + i) % lane_count].try_pop(refused)) return t;
  }
  return nullptr;
}

background_task* background_queue::lane::pop() noexcept {
  // The front comes first, because a look at the back takes a cache line from the producer. That
  // the front was empty then proves nothing (Q3). Another round means that another thread has
  // taken or moved a task meanwhile.
  do {
    if (may_have(front)) {
      if (background_task* t = pop_front(std::unique_lock(front.mutex))) return t;
    }
    if (may_have(back)) {
      if (background_task* t = pop_back(std::unique_lock(back.mutex))) return t;
    }
  } while (!empty());
  return nullptr;
}

// As above, but once. While tasks are in front, or another consumer takes some there, this one has
// nothing to do at the back.
background_task* background_queue::lane::try_pop(bool& refused) noexcept {
  for (task_list* const from : {&front, &back}) {
    if (!may_have(*from)) continue;
    std::unique_lock lock(from->mutex, std::try_to_lock);
    if (!lock.owns_lock()) {
      refused = true;
      return nullptr;
    }
    if (background_task* t =
            from == &front ? pop_front(std::move(lock)) : pop_back(std::move(lock))) {
      return t;
    }
  }
  return nullptr;
}

background_task* background_queue::lane::pop_front(std::unique_lock<short_mutex>) noexcept {
  background_task* const t = front.first;
  if (t != nullptr) front.unlink(*t);
  return t;
}

background_task* background_queue::lane::pop_back(std::unique_lock<short_mutex>) noexcept {
  background_task* const t = back.first;
  // A task in front is older; if there is none, the lock of the back keeps it so (Q2).
  if (t == nullptr || front.waiting.load(std::memory_order_relaxed) != 0) return nullptr;
  back.unlink(*t);
  if (const std::uint32_t batch = batch_of(back.waiting.load(std::memory_order_relaxed));
      batch > 0) {
    const std::lock_guard also(front.mutex);
    advance(batch);
  }
  return t;
}

// Moves the n oldest tasks to the front. Requires both locks, an empty front, and a longer back.
void background_queue::lane::advance(std::uint32_t n) noexcept {
  front.waiting.store(n, std::memory_order_relaxed);
  background_task* newest = back.first;
  newest->list.store(&front, std::memory_order_relaxed);
  while (--n > 0) {
    newest = next_of(*newest);
    newest->list.store(&front, std::memory_order_relaxed);
  }
  front.first = back.first;
  front.last = newest;
  back.first = next_of(*newest);
  back.first->prev = nullptr;
  newest->next = nullptr;
  // Relaxed: tasks are left in the back, so no reader looks in front for the sake of this count.
  back.waiting.store(
      back.waiting.load(std::memory_order_relaxed) - front.waiting.load(std::memory_order_relaxed),
      std::memory_order_relaxed);
}

bool background_queue::remove(background_task& t) noexcept {
  for (;;) {
    task_list* const in = t.list.load(std::memory_order_relaxed);
    if (!is_linked(in)) return false;
    const std::lock_guard lock(in->mutex);
    // The task may have been moved, once, or taken before the lock was held (Q1).
    if (t.list.load(std::memory_order_relaxed) != in) continue;
    in->unlink(t);
    return true;
  }
}

bool background_queue::lane::empty() const noexcept {
  back.mutex.order_after_unlocks();  // Q4
  // In this order (Q3).
  // [acquire: queue.advance] what has been moved is counted in front.
  return back.waiting.load(std::memory_order_acquire) == 0 &&
         front.waiting.load(std::memory_order_relaxed) == 0;
}

bool background_queue::empty() const noexcept {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const lane& l) { return l.empty(); });
}

void background_queue::close() noexcept {
  for (lane& l : lanes_) {
    const std::lock_guard lock(l.back.mutex);
    l.closed = true;
  }
}

std::uint64_t background_queue::waiting() const noexcept {
  std::uint64_t n = 0;
  for (const lane& l : lanes_) {
    n += l.back.waiting.load(std::memory_order_relaxed);
    n += l.front.waiting.load(std::memory_order_relaxed);
  }
  return n;
}

std::uint64_t background_queue::pushed() const noexcept {
  std::uint64_t n = 0;
  for (const lane& l : lanes_) {
    const std::lock_guard lock(l.back.mutex);
    n += l.pushed;
  }
  return n;
}

void background_queue::lock() noexcept {
  for (lane& l : lanes_) {
    l.back.mutex.lock();
    l.front.mutex.lock();
  }
}

void background_queue::unlock() noexcept {
  for (lane& l : lanes_) {
    l.front.mutex.unlock();
    l.back.mutex.unlock();
  }
}

}  // namespace micropool::detail
