// SPDX-License-Identifier: MIT OR Apache-2.0
// Each thread keeps, per size, a list that it takes from and gives to, and a second list that is
// full. Full lists move between threads as a whole, at constant cost, through a shared store. With
// one list alone, a thread that allocates and frees in turn at the limit would visit the store
// each time. The store has many shelves, each with a lock, and a thread begins with its own: a
// thread whose need goes up and down gets its own blocks back, and meets no other thread there.
//
// Bonwick and Adams, "Magazines and vmem", USENIX 2001.
#include <micropool/detail/work/frame_alloc.hpp>

#include "../base/thread_exit.hpp"
#include "store_locks.hpp"

#include <micropool/detail/base/cpu.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace micropool::detail {
namespace {

// A free block, and if it is the first of a list that moves as a whole, the list.
struct block {
  block* next;
  block* next_list;
  std::uint32_t count;  // of blocks in this list
};
static_assert(sizeof(block) <= size_of_class(0));

void give_to_heap(std::size_t c, block* list) noexcept {
  const std::size_t alignment = alignment_of_class(c);
  while (list != nullptr) {
    block* next = list->next;
    ::operator delete(list, std::align_val_t{alignment});
    list = next;
  }
}

// What some threads have too much of and others may want: one of the shelves.
class shelf {
public:
  short_mutex mutex;  // put() and take() are called under it, and `room` is changed
  // Bytes that the store counts and that are not there: lists of so many may come back uncounted.
  std::atomic<std::size_t> room{0};

  void put(std::size_t c, block* list) noexcept {
    list->next_list = lists_[c].load(std::memory_order_relaxed);
    lists_[c].store(list, std::memory_order_relaxed);
    add(c, bytes_of(c, list));
  }
  // Returns a list, or null.
  block* take(std::size_t c) noexcept {
    block* list = lists_[c].load(std::memory_order_relaxed);
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

  static std::size_t bytes_of(std::size_t c, const block* list) noexcept {
    return list->count * size_of_class(c);
  }

private:
  void add(std::size_t c, std::size_t bytes) noexcept {
    bytes_[c].store(bytes_[c].load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  }

  std::atomic<block*> lists_[size_class_count]{};
  std::atomic<std::size_t> bytes_[size_class_count]{};
};

// All shelves. Never destroyed: threads that outlive main's statics still give blocks back. A
// thread that finds nothing in store takes no lock. The limit holds exactly, because a list is
// counted before it is put. What a shelf has given stays counted as its room, so that threads which
// give and take in turn do not meet at the count. When full, the store takes the room back, then
// evicts from the size class that holds the most bytes, so that stale sizes do not crowd out live
// ones.
class shared_store {
public:
  // The shelf of a thread that is new here.
  std::size_t next_shelf() noexcept {
    return threads_.fetch_add(1, std::memory_order_relaxed) % shelf_count;
  }

  void put(std::size_t own, std::size_t c, block* list) noexcept {
    const std::size_t bytes = shelf::bytes_of(c, list);
    for (;;) {
      if (const std::lock_guard lock(shelves_[own].on.mutex); find_room(shelves_[own].on, bytes)) {
        return shelves_[own].on.put(c, list);
      }
      if (take_room_back()) continue;
      const std::size_t most = fullest(c, bytes);
      block* const evicted = take(own, most);
      // The list itself is all that there is of its size.
      if (evicted == nullptr && most == c) return give_to_heap(c, list);
      give_to_heap(most, evicted);
    }
  }
  // Returns a list, or null if there was none of that size on any shelf.
  block* take(std::size_t own, std::size_t c) noexcept {
    const std::size_t n = shelves_in_use();
    for (std::size_t k = 0, at = own; k < n; ++k, at = at + 1 < n ? at + 1 : 0) {
      shelf& here = shelves_[at].on;
      if (!here.may_have(c)) continue;
      const std::lock_guard lock(here.mutex);
      block* const list = here.take(c);
      if (list == nullptr) continue;
      const std::size_t room = here.room.load(std::memory_order_relaxed) + shelf::bytes_of(c, list);
      if (room > most_room) counted_.fetch_sub(room, std::memory_order_relaxed);
      here.room.store(room > most_room ? 0 : room, std::memory_order_relaxed);
      return list;
    }
    return nullptr;
  }
  // An estimate while other threads give and take; never more than the limit.
  std::size_t bytes() const noexcept {
    const std::size_t counted = counted_.load(std::memory_order_relaxed);
    std::size_t room = 0;
    for (const place& s : shelves_) room += s.on.room.load(std::memory_order_relaxed);
    return counted - std::min(room, counted);
  }
  void set_limit(std::size_t bytes) noexcept {
    limit_.store(bytes, std::memory_order_relaxed);
    take_room_back();
    while (counted_.load(std::memory_order_relaxed) > bytes) {
      const std::size_t most = fullest(0, 0);
      block* const evicted = take(0, most);
      if (evicted == nullptr) return;  // on its way to a shelf; the next put looks again
      give_to_heap(most, evicted);
      take_room_back();
    }
  }

  // For fork(), which holds all locks meanwhile.
  void lock() noexcept {
    for (place& s : shelves_) s.on.mutex.lock();
  }
  void unlock() noexcept {
    for (place& s : shelves_) s.on.mutex.unlock();
  }

private:
  // Of threads that share a shelf each finds the other's blocks first.
  static constexpr std::size_t shelf_count = 64;
  static constexpr std::size_t most_room = std::size_t{256} << 10;
  struct alignas(cache_line) place {
    shelf on;
  };

  std::size_t shelves_in_use() const noexcept {
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(threads_.load(std::memory_order_relaxed), shelf_count));
  }
  // Returns false if there is none. Requires the lock of the shelf.
  bool find_room(shelf& on, std::size_t bytes) noexcept {
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
  bool take_room_back() noexcept {
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
  std::size_t fullest(std::size_t c, std::size_t more) const noexcept {
    std::size_t sums[size_class_count]{};
    sums[c] = more;
    for (std::size_t i = 0; i < shelves_in_use(); ++i) {
      for (std::size_t k = 0; k < size_class_count; ++k) sums[k] += shelves_[i].on.bytes(k);
    }
    return static_cast<std::size_t>(std::ranges::max_element(sums) - std::ranges::begin(sums));
  }

  place shelves_[shelf_count]{};
  alignas(cache_line) std::atomic<std::size_t> counted_{0};
  std::atomic<std::size_t> limit_{std::size_t{64} << 20};
  std::atomic<std::uint64_t> threads_{0};  // so many have come so far
};
constinit shared_store store;

// Per class: the list in use, how many more blocks it may take before it is full, and a full list
// or null. Counting the room, not the blocks, needs one counter and no limit on the fast path.
struct thread_cache {
  block* lists[size_class_count];
  std::int32_t room[size_class_count];
  block* full[size_class_count];
  std::size_t limit;
  std::size_t shelf;  // the thread's own
};
// The cache of a thread before its first block and after its end: no block, and room for none, so
// that the fast paths do nothing with it. Never written.
constinit thread_cache no_cache{};
// A pointer, because the loader keeps little memory for the thread_locals of libraries that are
// loaded late, and each copy of this library takes its share. The model finds it without a call.
[[gnu::tls_model("initial-exec")]] constinit thread_local thread_cache* cache = &no_cache;
constexpr std::size_t usual_limit = std::size_t{256} << 10;

// If one thread takes blocks and another frees them, none flow back before the other has two full
// lists; until then they come from the heap. So lists are short. With lists of 4 KiB the lock of
// the store began to show (a tenth of a fork-join alone on its pool); with 16 KiB it did not.
constexpr std::size_t list_bytes = std::size_t{16} << 10;
constexpr std::size_t list_blocks = 8;  // at least as many of large blocks

// How many blocks make a full list. The thread keeps two of them, within its limit.
std::int32_t full_count(std::size_t c) noexcept {
  const std::size_t size = size_of_class(c);
  return static_cast<std::int32_t>(
      std::min(cache->limit / 2 / size, std::max(list_bytes / size, list_blocks)));
}
std::uint32_t held_in_list(std::size_t c) noexcept {
  return static_cast<std::uint32_t>(full_count(c) - cache->room[c]);
}

void give_to_store(std::size_t c, block* list) noexcept { store.put(cache->shelf, c, list); }

// Empties the list in use; returns what was in it.
block* detach_list(std::size_t c) noexcept {
  block* list = cache->lists[c];
  if (list != nullptr) list->count = held_in_list(c);
  cache->lists[c] = nullptr;
  cache->room[c] = full_count(c);
  return list;
}

void give_all_to_store() noexcept {
  for (std::size_t c = 0; c < size_class_count; ++c) {
    if (block* list = detach_list(c)) give_to_store(c, list);
    if (cache->full[c] != nullptr) give_to_store(c, std::exchange(cache->full[c], nullptr));
  }
}

void change_limit(std::size_t bytes) noexcept {
  give_all_to_store();
  cache->limit = bytes;
  for (std::size_t c = 0; c < size_class_count; ++c) cache->room[c] = full_count(c);
}

void end_cache() noexcept {
  give_all_to_store();
  std::free(std::exchange(cache, &no_cache));
}

// Returns false if there is no memory for a cache; then every block goes to the heap.
bool prepare_thread() noexcept {
  if (cache != &no_cache) return true;
  // Not by operator new, which the program may have replaced to count.
  void* const memory = std::calloc(1, sizeof(thread_cache));
  if (memory == nullptr) return false;
  cache = ::new (memory) thread_cache{};
  cache->shelf = store.next_shelf();
  change_limit(usual_limit);
  at_thread_exit(exit_step::give_back_frames, &end_cache);
  return true;
}

// Shortens a list to `count` blocks; returns the rest, or null.
block* cut_after(block* list, std::uint32_t count) noexcept {
  if (list->count <= count) return nullptr;
  block* last = list;
  for (std::uint32_t i = 1; i < count; ++i) last = last->next;
  block* rest = std::exchange(last->next, nullptr);
  rest->count = list->count - count;
  list->count = count;
  return rest;
}

void* from_heap(std::size_t c) {
  return ::operator new(size_of_class(c), std::align_val_t{alignment_of_class(c)});
}

// The list in use is empty.
MICROPOOL_COLD void* refill(std::size_t c) {
  if (!prepare_thread()) return from_heap(c);
  block* list = std::exchange(cache->full[c], nullptr);
  if (list == nullptr) list = store.take(cache->shelf, c);
  if (list == nullptr) return from_heap(c);
  // The list may come from a thread that may keep more than this one.
  if (block* rest = cut_after(list, static_cast<std::uint32_t>(std::max(full_count(c), 1)))) {
    give_to_store(c, rest);
  }
  cache->lists[c] = list->next;
  cache->room[c] = full_count(c) - static_cast<std::int32_t>(list->count) + 1;
  return list;
}

// The list in use is full, or this is the first block that the thread frees.
MICROPOOL_COLD void give_beyond(std::size_t c, block* b) noexcept {
  b->next = nullptr;
  b->count = 1;
  if (!prepare_thread()) return give_to_heap(c, b);
  if (cache->room[c] <= 0) {
    if (block* list = detach_list(c)) {
      if (cache->full[c] != nullptr) give_to_store(c, cache->full[c]);
      cache->full[c] = list;
    }
    if (cache->room[c] <= 0) return give_to_store(c, b);
  }
  b->next = cache->lists[c];
  cache->lists[c] = b;
  --cache->room[c];
}

}  // namespace

void* take_block(std::size_t size_class) {
  thread_cache& mine = *cache;
  block* b = mine.lists[size_class];
  if (b == nullptr) [[unlikely]] return refill(size_class);
  mine.lists[size_class] = b->next;
  ++mine.room[size_class];
  return b;
}

void give_block(std::size_t size_class, void* memory) noexcept {
  auto* const b = static_cast<block*>(memory);
  thread_cache& mine = *cache;
  if (mine.room[size_class] <= 0) [[unlikely]] return give_beyond(size_class, b);
  --mine.room[size_class];
  b->next = mine.lists[size_class];
  mine.lists[size_class] = b;
}

void* take_from_heap(std::size_t bytes, std::size_t alignment) {
  return ::operator new(bytes, std::align_val_t{alignment});
}

void give_to_heap(void* memory, std::size_t alignment) noexcept {
  ::operator delete(memory, std::align_val_t{alignment});
}

void set_frame_cache_limits(frame_cache_limits limits) noexcept {
  store.set_limit(limits.shared);
  if (prepare_thread()) change_limit(limits.per_thread);
}

void lock_frame_store() noexcept { store.lock(); }
void unlock_frame_store() noexcept { store.unlock(); }

frame_cache_use frame_cache_held() noexcept {
  std::size_t bytes = 0;
  for (std::size_t c = 0; c < size_class_count; ++c) {
    const std::uint32_t in_full = cache->full[c] != nullptr ? cache->full[c]->count : 0;
    bytes += (held_in_list(c) + in_full) * size_of_class(c);
  }
  return {bytes, store.bytes()};
}

}  // namespace micropool::detail
