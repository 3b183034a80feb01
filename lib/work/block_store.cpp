// SPDX-License-Identifier: MIT OR Apache-2.0
#include "block_store.hpp"

#include "store_locks.hpp"

#include <algorithm>
#include <mutex>
#include <new>

namespace micropool::detail {

constinit block_store store;

void give_to_heap(std::size_t c, free_block* list) noexcept {
  const std::size_t alignment = alignment_of_class(c);
  while (list != nullptr) {
    free_block* next = list->next;
    ::operator delete(list, std::align_val_t{alignment});
    list = next;
  }
}

void block_store::put(std::size_t own, std::size_t c, free_block* list) noexcept {
  const std::size_t bytes = shelf::bytes_of(c, list);
  for (;;) {
    if (const std::lock_guard lock(shelves_[own].on.mutex); find_room(shelves_[own].on, bytes)) {
      return shelves_[own].on.put(c, list);
    }
    if (take_room_back()) continue;
    const std::size_t most = fullest(c, bytes);
    free_block* const evicted = take(own, most);
    // The list itself is all that there is of its size.
    if (evicted == nullptr && most == c) return give_to_heap(c, list);
    give_to_heap(most, evicted);
  }
}

free_block* block_store::take(std::size_t own, std::size_t c) noexcept {
  const std::size_t n = shelves_in_use();
  for (std::size_t k = 0, at = own; k < n; ++k, at = at + 1 < n ? at + 1 : 0) {
    shelf& here = shelves_[at].on;
    if (!here.may_have(c)) continue;
    const std::lock_guard lock(here.mutex);
    free_block* const list = here.take(c);
    if (list == nullptr) continue;
    const std::size_t room = here.room.load(std::memory_order_relaxed) + shelf::bytes_of(c, list);
    if (room > most_room) counted_.fetch_sub(room, std::memory_order_relaxed);
    here.room.store(room > most_room ? 0 : room, std::memory_order_relaxed);
    return list;
  }
  return nullptr;
}

std::size_t block_store::bytes() const noexcept {
  const std::size_t counted = counted_.load(std::memory_order_relaxed);
  std::size_t room = 0;
  for (const place& s : shelves_) room += s.on.room.load(std::memory_order_relaxed);
  return counted - std::min(room, counted);
}

void block_store::set_limit(std::size_t bytes) noexcept {
  limit_.store(bytes, std::memory_order_relaxed);
  take_room_back();
  while (counted_.load(std::memory_order_relaxed) > bytes) {
    const std::size_t most = fullest(0, 0);
    free_block* const evicted = take(0, most);
    if (evicted == nullptr) return;  // on its way to a shelf; the next put looks again
    give_to_heap(most, evicted);
    take_room_back();
  }
}

void block_store::lock() noexcept {
  for (place& s : shelves_) s.on.mutex.lock();
}

void block_store::unlock() noexcept {
  for (place& s : shelves_) s.on.mutex.unlock();
}

std::size_t block_store::shelves_in_use() const noexcept {
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(threads_.load(std::memory_order_relaxed), shelf_count));
}

// Returns false if there is none. Requires the lock of the shelf.
bool block_store::find_room(shelf& on, std::size_t bytes) noexcept {
  const std::size_t room = on.room.load(std::memory_order_relaxed);
  if (bytes <= room) {
    on.room.store(room - bytes, std::memory_order_relaxed);
    return true;
  }
  std::size_t counted = counted_.load(std::memory_order_relaxed);
  do {
    if (counted + bytes > limit_.load(std::memory_order_relaxed)) return false;
  } while (!counted_.compare_exchange_weak(counted, counted + bytes, std::memory_order_relaxed));
  return true;
}

// Returns false if no shelf had any.
bool block_store::take_room_back() noexcept {
  std::size_t all = 0;
  for (place& s : shelves_) {
    if (s.on.room.load(std::memory_order_relaxed) == 0) continue;
    const std::lock_guard lock(s.on.mutex);
    const std::size_t room = s.on.room.load(std::memory_order_relaxed);
    s.on.room.store(0, std::memory_order_relaxed);
    counted_.fetch_sub(room, std::memory_order_relaxed);
    all += room;
  }
  return all > 0;
}

// The size class that holds the most bytes, with so many more of class c.
std::size_t block_store::fullest(std::size_t c, std::size_t more) const noexcept {
  std::size_t sums[size_class_count]{};
  sums[c] = more;
  for (std::size_t i = 0; i < shelves_in_use(); ++i) {
    for (std::size_t k = 0; k < size_class_count; ++k) sums[k] += shelves_[i].on.bytes(k);
  }
  return static_cast<std::size_t>(std::ranges::max_element(sums) - std::ranges::begin(sums));
}

void lock_frame_store() noexcept { store.lock(); }
void unlock_frame_store() noexcept { store.unlock(); }

}  // namespace micropool::detail
