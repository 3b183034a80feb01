// SPDX-License-Identifier: MIT OR Apache-2.0
// The store of free blocks through which lists of them move between threads. It has many shelves,
// each with a lock, and a thread begins with its own: a thread whose need goes up and down gets its
// own blocks back, and meets no other thread there.
#pragma once

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/sync/short_mutex.hpp>
#include <micropool/detail/work/size_class.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace micropool::detail {

// A free block, and if it is the first of a list that moves as a whole, the list.
struct free_block {
  free_block* next;
  free_block* next_list;
  std::uint32_t count;  // of blocks in this list
};
static_assert(sizeof(free_block) <= size_of_class(0));

// Gives each block of a list back to the global heap.
void give_to_heap(std::size_t c, free_block* list) noexcept;

// What some threads have too much of and others may want: one of the shelves.
class shelf {
public:
  short_mutex mutex;  // put() and take() are called under it, and `room` is changed
  // Bytes that the store counts and that are not there: lists of so many may come back uncounted.
  std::atomic<std::size_t> room{0};

  void put(std::size_t c, free_block* list) noexcept {
    list->next_list = lists_[c].load(std::memory_order_relaxed);
    lists_[c].store(list, std::memory_order_relaxed);
    add(c, bytes_of(c, list));
  }
  // Returns a list, or null.
  free_block* take(std::size_t c) noexcept {
    free_block* list = lists_[c].load(std::memory_order_relaxed);
    if (list == nullptr) return nullptr;
    lists_[c].store(list->next_list, std::memory_order_relaxed);
    add(c, 0 - bytes_of(c, list));
    return list;
  }
  // Returns false if no list of that size was there a moment ago.
  bool may_have(std::size_t c) const noexcept {
    return lists_[c].load(std::memory_order_relaxed) != nullptr;
  }
  std::size_t bytes(std::size_t c) const noexcept {
    return bytes_[c].load(std::memory_order_relaxed);
  }

  static std::size_t bytes_of(std::size_t c, const free_block* list) noexcept {
    return list->count * size_of_class(c);
  }

private:
  void add(std::size_t c, std::size_t bytes) noexcept {
    bytes_[c].store(bytes_[c].load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  }

  std::atomic<free_block*> lists_[size_class_count]{};
  std::atomic<std::size_t> bytes_[size_class_count]{};
};

// All shelves. A thread that finds nothing in store takes no lock. The limit holds exactly, because
// a list is counted before it is put. What a shelf has given stays counted as its room, so that
// threads which give and take in turn do not meet at the count. When full, the store takes the room
// back, then evicts from the size class that holds the most bytes, so that stale sizes do not crowd
// out live ones.
class block_store {
public:
  // The shelf of a thread that is new here.
  std::size_t next_shelf() noexcept {
    return threads_.fetch_add(1, std::memory_order_relaxed) % shelf_count;
  }

  void put(std::size_t own, std::size_t c, free_block* list) noexcept;
  // Returns a list, or null if there was none of that size on any shelf.
  free_block* take(std::size_t own, std::size_t c) noexcept;
  // An estimate while other threads give and take; never more than the limit.
  std::size_t bytes() const noexcept;
  void set_limit(std::size_t bytes) noexcept;

  // For fork(), which holds all locks meanwhile.
  void lock() noexcept;
  void unlock() noexcept;

private:
  // Of threads that share a shelf each finds the other's blocks first.
  static constexpr std::size_t shelf_count = 64;
  static constexpr std::size_t most_room = std::size_t{256} << 10;
  struct alignas(cache_line) place {
    shelf on;
  };

  std::size_t shelves_in_use() const noexcept;
  bool find_room(shelf& on, std::size_t bytes) noexcept;
  bool take_room_back() noexcept;
  std::size_t fullest(std::size_t c, std::size_t more) const noexcept;

  place shelves_[shelf_count]{};
  alignas(cache_line) std::atomic<std::size_t> counted_{0};
  std::atomic<std::size_t> limit_{std::size_t{64} << 20};
  std::atomic<std::uint64_t> threads_{0};  // so many have come so far
};

// Never destroyed: threads that outlive main's statics still give blocks back.
extern constinit block_store store;

}  // namespace micropool::detail
