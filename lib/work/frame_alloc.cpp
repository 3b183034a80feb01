// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/work/frame_alloc.hpp>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <new>

namespace micropool::detail {
namespace {

struct block {
  block* next;
};

void give_to_heap(block* b) noexcept { ::operator delete(b, std::align_val_t{block_alignment}); }

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
// statics still give blocks back. One lock for all sizes, taken once per batch, so that the limit
// holds exactly. A full store gives up blocks of the size it has most of: what is out of use must
// not keep out what is in use.
class shared_store {
public:
  std::mutex mutex;  // every member below is called under it

  void put(std::size_t c, block* b) noexcept {
    shelves_[c].push(b);
    bytes_ += size_of_class(c);
    shrink();
  }
  block* take(std::size_t c) noexcept {
    bytes_ -= size_of_class(c);
    return shelves_[c].pop();
  }
  std::uint32_t count(std::size_t c) const noexcept { return shelves_[c].count; }
  std::size_t bytes() const noexcept { return bytes_; }
  void set_limit(std::size_t bytes) noexcept {
    limit_ = bytes;
    shrink();
  }

private:
  void shrink() noexcept {
    while (bytes_ > limit_) give_to_heap(take(fullest_shelf()));
  }
  std::size_t fullest_shelf() const noexcept {
    std::size_t fullest = 0;
    for (std::size_t c = 1; c < size_class_count; ++c) {
      if (bytes_on(c) > bytes_on(fullest)) fullest = c;
    }
    return fullest;
  }
  std::size_t bytes_on(std::size_t c) const noexcept { return count(c) * size_of_class(c); }

  block_list shelves_[size_class_count];
  std::size_t bytes_ = 0;
  std::size_t limit_ = std::size_t{16} << 20;
};
constinit shared_store store;

// How many blocks move at once, so that the lock is taken rarely.
constexpr std::uint32_t batch = 32;

// Per class: the list, and how many more blocks it may take before it must spill. The room is
// counted instead of the blocks, so that the fast path needs one counter and no limit.
struct thread_cache {
  block* lists[size_class_count];
  std::int32_t room[size_class_count];
  bool ready;
};
// The library is loaded with the program, so its thread_locals need no call to find.
[[gnu::tls_model("initial-exec")]] constinit thread_local thread_cache cache{};
constinit thread_local std::size_t limit = std::size_t{256} << 10;

std::int32_t room_for(std::size_t c) noexcept {
  return static_cast<std::int32_t>(std::min<std::size_t>(limit / size_of_class(c), 1u << 20));
}

void push(std::size_t c, block* b) noexcept {
  b->next = cache.lists[c];
  cache.lists[c] = b;
}
block* pop(std::size_t c) noexcept {
  block* b = cache.lists[c];
  cache.lists[c] = b->next;
  return b;
}
std::int32_t held(std::size_t c) noexcept { return room_for(c) - cache.room[c]; }

// Gives half of a list that is too long to the shared store.
MICROPOOL_COLD void spill(std::size_t c) noexcept {
  const std::lock_guard lock(store.mutex);
  const std::int32_t keep = room_for(c) / 2;
  while (held(c) > keep) {
    block* b = pop(c);
    ++cache.room[c];
    store.put(c, b);
  }
}

void spill_all() noexcept {
  for (std::size_t c = 0; c < size_class_count; ++c) {
    if (held(c) > 0) spill(c);
  }
}

// What is held now stays counted as held under the new limit.
void change_limit(std::size_t bytes) noexcept {
  std::int32_t blocks[size_class_count];
  for (std::size_t c = 0; c < size_class_count; ++c) blocks[c] = held(c);
  limit = bytes;
  for (std::size_t c = 0; c < size_class_count; ++c) {
    cache.room[c] = room_for(c) - blocks[c];
    if (cache.room[c] < 0) spill(c);
  }
}

struct exit_guard {
  ~exit_guard() {
    change_limit(0);  // from now on every block goes on to the store at once
    spill_all();
  }
};

void prepare_thread() noexcept {
  if (cache.ready) return;
  cache.ready = true;
  for (std::size_t c = 0; c < size_class_count; ++c) cache.room[c] += room_for(c);
  static thread_local exit_guard guard;
  static_cast<void>(guard);
}

MICROPOOL_COLD void* refill(std::size_t c) {
  prepare_thread();
  const std::size_t size = size_of_class(c);
  {
    const std::lock_guard lock(store.mutex);
    const auto room = static_cast<std::uint32_t>(std::max(cache.room[c], 1));
    const std::uint32_t n = std::min({store.count(c), batch, room});
    for (std::uint32_t i = 0; i < n; ++i) push(c, store.take(c));
    cache.room[c] -= static_cast<std::int32_t>(n);
  }
  if (cache.lists[c] == nullptr) return ::operator new(size, std::align_val_t{block_alignment});
  ++cache.room[c];
  return pop(c);
}

// The list is full, or this is the first block that the thread gives.
MICROPOOL_COLD void make_room(std::size_t c) noexcept {
  prepare_thread();
  if (cache.room[c] < 0) spill(c);
}

}  // namespace

void* take_block(std::size_t size_class) {
  block* b = cache.lists[size_class];
  if (b == nullptr) [[unlikely]] return refill(size_class);
  cache.lists[size_class] = b->next;
  ++cache.room[size_class];
  return b;
}

void give_block(std::size_t size_class, void* memory) noexcept {
  push(size_class, static_cast<block*>(memory));
  if (--cache.room[size_class] < 0) [[unlikely]] make_room(size_class);
}

void set_frame_cache_limits(frame_cache_limits limits) noexcept {
  prepare_thread();
  {
    const std::lock_guard lock(store.mutex);
    store.set_limit(limits.shared);
  }
  change_limit(limits.per_thread);
}

frame_cache_use frame_cache_held() noexcept {
  prepare_thread();
  std::size_t bytes = 0;
  for (std::size_t c = 0; c < size_class_count; ++c) {
    bytes += static_cast<std::size_t>(held(c)) * size_of_class(c);
  }
  const std::lock_guard lock(store.mutex);
  return {bytes, store.bytes()};
}

}  // namespace micropool::detail
