// SPDX-License-Identifier: MIT OR Apache-2.0
// Each thread keeps, per size, a list that it takes from and gives to, and a second list that is
// full. Full lists move between threads as a whole, at constant cost, through a shared store
// (block_store.hpp). With one list alone, a thread that allocates and frees in turn at the limit
// would visit the store each time.
//
// Bonwick and Adams, "Magazines and vmem", USENIX 2001.
#include <micropool/detail/work/frame_alloc.hpp>

#include "../base/thread_exit.hpp"
#include "block_store.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

namespace micropool::detail {
namespace {

// Per class: the list in use, how many more blocks it may take before it is full, and a full list
// or null. Counting the room, not the blocks, needs one counter and no limit on the fast path.
struct thread_cache {
  free_block* lists[size_class_count];
  std::int32_t room[size_class_count];
  free_block* full[size_class_count];
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

void give_to_store(std::size_t c, free_block* list) noexcept { store.put(cache->shelf, c, list); }

// Empties the list in use; returns what was in it.
free_block* detach_list(std::size_t c) noexcept {
  free_block* list = cache->lists[c];
  if (list != nullptr) list->count = held_in_list(c);
  cache->lists[c] = nullptr;
  cache->room[c] = full_count(c);
  return list;
}

void give_all_to_store() noexcept {
  for (std::size_t c = 0; c < size_class_count; ++c) {
    if (free_block* list = detach_list(c)) give_to_store(c, list);
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
free_block* cut_after(free_block* list, std::uint32_t count) noexcept {
  if (list->count <= count) return nullptr;
  free_block* last = list;
  for (std::uint32_t i = 1; i < count; ++i) last = last->next;
  free_block* rest = std::exchange(last->next, nullptr);
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
  free_block* list = std::exchange(cache->full[c], nullptr);
  if (list == nullptr) list = store.take(cache->shelf, c);
  if (list == nullptr) return from_heap(c);
  // The list may come from a thread that may keep more than this one.
  if (free_block* rest = cut_after(list, static_cast<std::uint32_t>(std::max(full_count(c), 1)))) {
    give_to_store(c, rest);
  }
  cache->lists[c] = list->next;
  cache->room[c] = full_count(c) - static_cast<std::int32_t>(list->count) + 1;
  return list;
}

// The list in use is full, or this is the first block that the thread frees.
MICROPOOL_COLD void give_beyond(std::size_t c, free_block* b) noexcept {
  b->next = nullptr;
  b->count = 1;
  if (!prepare_thread()) return give_to_heap(c, b);
  if (cache->room[c] <= 0) {
    if (free_block* list = detach_list(c)) {
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
  free_block* b = mine.lists[size_class];
  if (b == nullptr) [[unlikely]] return refill(size_class);
  mine.lists[size_class] = b->next;
  ++mine.room[size_class];
  return b;
}

void give_block(std::size_t size_class, void* memory) noexcept {
  auto* const b = static_cast<free_block*>(memory);
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

frame_cache_use frame_cache_held() noexcept {
  std::size_t bytes = 0;
  for (std::size_t c = 0; c < size_class_count; ++c) {
    const std::uint32_t in_full = cache->full[c] != nullptr ? cache->full[c]->count : 0;
    bytes += (held_in_list(c) + in_full) * size_of_class(c);
  }
  return {bytes, store.bytes()};
}

}  // namespace micropool::detail
