// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/work/frame_alloc.hpp>

#include "size_class.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <new>

namespace micropool::detail {
namespace {

struct block {
  block* next;
};

struct block_list {
  block* head = nullptr;
  std::uint32_t count = 0;

  void push(block* b) noexcept {
    b->next = head;
    head = b;
    ++count;
  }
  block* pop() noexcept {
    block* b = head;
    head = b->next;
    --count;
    return b;
  }
};

// What threads have too much of and others may want. Never destroyed: threads that outlive main's
// statics still give blocks back.
struct shared_store {
  struct shelf {
    std::mutex mutex;
    block_list blocks;
  };
  shelf shelves[size_class_count];
  std::atomic<std::size_t> bytes{0};
  std::atomic<std::size_t> limit{std::size_t{16} << 20};
};
constinit shared_store store;

// How many blocks move at once, so that the lock is taken rarely.
constexpr std::uint32_t batch = 32;

struct thread_cache {
  block_list lists[size_class_count];
  std::size_t bytes;
  std::size_t limit;
  bool has_guard;
};
constinit thread_local thread_cache cache{{}, 0, std::size_t{1} << 20, false};

void give_to_store(std::size_t c, block_list& from, std::uint32_t n) noexcept {
  const std::size_t size = size_of_class(c);
  auto& shelf = store.shelves[c];
  const std::lock_guard lock(shelf.mutex);
  for (; n > 0; --n) {
    block* b = from.pop();
    if (store.bytes.load(std::memory_order_relaxed) + size >
        store.limit.load(std::memory_order_relaxed)) {
      ::operator delete(b);
    } else {
      store.bytes.fetch_add(size, std::memory_order_relaxed);
      shelf.blocks.push(b);
    }
  }
}

// Brings the thread's lists below the limit, the longest first, half of it at a time.
MICROPOOL_COLD void spill() noexcept {
  while (cache.bytes > cache.limit) {
    std::size_t longest = 0;
    std::size_t most = 0;
    for (std::size_t c = 0; c < size_class_count; ++c) {
      const std::size_t held = cache.lists[c].count * size_of_class(c);
      if (held > most) {
        most = held;
        longest = c;
      }
    }
    const std::uint32_t n = (cache.lists[longest].count + 1) / 2;
    cache.bytes -= n * size_of_class(longest);
    give_to_store(longest, cache.lists[longest], n);
  }
}

struct exit_guard {
  ~exit_guard() {
    cache.limit = 0;  // from now on everything goes on to the store at once
    spill();
  }
};

MICROPOOL_COLD void* refill(std::size_t c) {
  const std::size_t size = size_of_class(c);
  if (!cache.has_guard) {
    cache.has_guard = true;
    static thread_local exit_guard guard;
    static_cast<void>(guard);
  }
  auto& list = cache.lists[c];
  {
    auto& shelf = store.shelves[c];
    const std::lock_guard lock(shelf.mutex);
    const std::uint32_t n = std::min(shelf.blocks.count, batch);
    for (std::uint32_t i = 0; i < n; ++i) list.push(shelf.blocks.pop());
    store.bytes.fetch_sub(n * size, std::memory_order_relaxed);
    cache.bytes += n * size;
  }
  if (list.count == 0) return ::operator new(size);
  cache.bytes -= size;
  return list.pop();
}

}  // namespace

void* frame_allocate(std::size_t bytes) {
  if (MICROPOOL_ASAN || bytes > largest_class_size) [[unlikely]] return ::operator new(bytes);
  const std::size_t c = size_class_of(bytes);
  auto& list = cache.lists[c];
  if (list.head == nullptr) [[unlikely]] return refill(c);
  cache.bytes -= size_of_class(c);
  return list.pop();
}

void frame_deallocate(void* memory, std::size_t bytes) noexcept {
  if (MICROPOOL_ASAN || bytes > largest_class_size) [[unlikely]] {
    ::operator delete(memory);
    return;
  }
  const std::size_t c = size_class_of(bytes);
  cache.lists[c].push(static_cast<block*>(memory));
  cache.bytes += size_of_class(c);
  if (cache.bytes > cache.limit) [[unlikely]] spill();
}

void set_frame_cache_limits(frame_cache_limits limits) noexcept {
  cache.limit = limits.per_thread;
  store.limit.store(limits.shared, std::memory_order_relaxed);
  spill();
}

frame_cache_limits frame_cache_held() noexcept {
  return {cache.bytes, store.bytes.load(std::memory_order_relaxed)};
}

}  // namespace micropool::detail
