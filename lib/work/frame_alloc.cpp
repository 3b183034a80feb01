// SPDX-License-Identifier: MIT OR Apache-2.0
// Each thread keeps, per size, a list that it takes from and gives to, and a second list that is
// full. Full lists move between threads as a whole, at constant cost, through a shared store. With
// one list alone, a thread that allocates and frees in turn at the limit would visit the store
// each time.
//
// Bonwick and Adams, "Magazines and vmem", USENIX 2001.
#include <micropool/detail/work/frame_alloc.hpp>

#include "../base/thread_exit.hpp"
#include "store_locks.hpp"

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

// What some threads have too much of and others may want. Never destroyed: threads that outlive
// main's statics still give blocks back. One lock for all sizes, so that the limit holds exactly; a
// thread that finds nothing in store does not take it.
// When full, it evicts from the size class that holds the most bytes, so that stale sizes do not
// crowd out live ones.
class shared_store {
public:
  short_mutex mutex;  // the members below are called under it, but for may_have()

  void put(std::size_t c, block* list) noexcept {
    list->next_list = shelves_[c].lists.load(std::memory_order_relaxed);
    shelves_[c].lists.store(list, std::memory_order_relaxed);
    shelves_[c].bytes += bytes_of(c, list);
    bytes_ += bytes_of(c, list);
    shrink();
  }
  // Returns false if no list of that size was there a moment ago.
  bool may_have(std::size_t c) const noexcept {
    return shelves_[c].lists.load(std::memory_order_relaxed) != nullptr;
  }
  // Returns a list, or null.
  block* take(std::size_t c) noexcept {
    block* list = shelves_[c].lists.load(std::memory_order_relaxed);
    if (list == nullptr) return nullptr;
    shelves_[c].lists.store(list->next_list, std::memory_order_relaxed);
    shelves_[c].bytes -= bytes_of(c, list);
    bytes_ -= bytes_of(c, list);
    return list;
  }
  std::size_t bytes() const noexcept { return bytes_; }
  void set_limit(std::size_t bytes) noexcept {
    limit_ = bytes;
    shrink();
  }

private:
  struct shelf {
    std::atomic<block*> lists{nullptr};  // changed under the lock
    std::size_t bytes = 0;
  };

  static std::size_t bytes_of(std::size_t c, const block* list) noexcept {
    return list->count * size_of_class(c);
  }
  void shrink() noexcept {
    while (bytes_ > limit_) {
      const auto fullest = std::ranges::max_element(shelves_, {}, &shelf::bytes);
      const auto c = static_cast<std::size_t>(fullest - shelves_);
      give_to_heap(c, take(c));
    }
  }

  shelf shelves_[size_class_count];
  std::size_t bytes_ = 0;
  std::size_t limit_ = std::size_t{64} << 20;
};
constinit shared_store store;

// Per class: the list in use, how many more blocks it may take before it is full, and a full list
// or null. Counting the room, not the blocks, needs one counter and no limit on the fast path.
struct thread_cache {
  block* lists[size_class_count];
  std::int32_t room[size_class_count];
  block* full[size_class_count];
  std::size_t limit;
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

void give_to_store(std::size_t c, block* list) noexcept {
  const std::lock_guard lock(store.mutex);
  store.put(c, list);
}

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
  if (list == nullptr && store.may_have(c)) {
    const std::lock_guard lock(store.mutex);
    list = store.take(c);
  }
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
  {
    const std::lock_guard lock(store.mutex);
    store.set_limit(limits.shared);
  }
  if (prepare_thread()) change_limit(limits.per_thread);
}

void lock_frame_store() noexcept { store.mutex.lock(); }
void unlock_frame_store() noexcept { store.mutex.unlock(); }

frame_cache_use frame_cache_held() noexcept {
  std::size_t bytes = 0;
  for (std::size_t c = 0; c < size_class_count; ++c) {
    const std::uint32_t in_full = cache->full[c] != nullptr ? cache->full[c]->count : 0;
    bytes += (held_in_list(c) + in_full) * size_of_class(c);
  }
  const std::lock_guard lock(store.mutex);
  return {bytes, store.bytes()};
}

}  // namespace micropool::detail
