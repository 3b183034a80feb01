// SPDX-License-Identifier: MIT OR Apache-2.0
// Each thread keeps, per size, a list that it takes from and gives to, and a second list that is
// full. Full lists move between threads as a whole, at constant cost, by way of a shared store.
//
// Bonwick and Adams, "Magazines and vmem", USENIX 2001.
#include <micropool/detail/work/frame_alloc.hpp>

#include <algorithm>
#include <cstdint>
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

void give_to_heap(block* list) noexcept {
  while (list != nullptr) {
    block* next = list->next;
    ::operator delete(list, std::align_val_t{block_alignment});
    list = next;
  }
}

// What threads have too much of and others may want. Never destroyed: threads that outlive main's
// statics still give blocks back. One lock for all sizes, so that the limit holds exactly. A full
// store gives up blocks of the size it has most of: what is out of use must not keep out what is in
// use.
class shared_store {
public:
  std::mutex mutex;  // every member below is called under it

  void put(std::size_t c, block* list) noexcept {
    list->next_list = shelves_[c].lists;
    shelves_[c].lists = list;
    shelves_[c].bytes += bytes_of(c, list);
    bytes_ += bytes_of(c, list);
    shrink();
  }
  // A list, or null.
  block* take(std::size_t c) noexcept {
    block* list = shelves_[c].lists;
    if (list == nullptr) return nullptr;
    shelves_[c].lists = list->next_list;
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
    block* lists = nullptr;
    std::size_t bytes = 0;
  };

  static std::size_t bytes_of(std::size_t c, const block* list) noexcept {
    return list->count * size_of_class(c);
  }
  void shrink() noexcept {
    while (bytes_ > limit_) {
      const auto fullest = std::ranges::max_element(shelves_, {}, &shelf::bytes);
      give_to_heap(take(static_cast<std::size_t>(fullest - shelves_)));
    }
  }

  shelf shelves_[size_class_count];
  std::size_t bytes_ = 0;
  std::size_t limit_ = std::size_t{64} << 20;
};
constinit shared_store store;

// Per class: the list in use, how many more blocks it may take before it is full, and a full list
// or null. The room is counted instead of the blocks, so that the fast path needs one counter and
// no limit.
struct thread_cache {
  block* lists[size_class_count];
  std::int32_t room[size_class_count];
  block* full[size_class_count];
  bool ready;
};
// The library is loaded with the program, so its thread_locals need no call to find.
[[gnu::tls_model("initial-exec")]] constinit thread_local thread_cache cache{};
constinit thread_local std::size_t limit = std::size_t{256} << 10;

// Where one thread takes blocks that another gives back, they do not flow back before the other has
// two full lists; until then they come from the heap. So lists are short. With lists of 4 KiB the
// lock of the store began to show (a tenth of a fork-join alone on its pool); with 16 KiB nothing
// did.
constexpr std::size_t list_bytes = std::size_t{16} << 10;
constexpr std::size_t list_blocks = 8;  // of large blocks at least as many

// How many blocks make a full list. The thread keeps two of them, within its limit.
std::int32_t full_count(std::size_t c) noexcept {
  const std::size_t size = size_of_class(c);
  return static_cast<std::int32_t>(
      std::min(limit / 2 / size, std::max(list_bytes / size, list_blocks)));
}
std::uint32_t held_in_list(std::size_t c) noexcept {
  return static_cast<std::uint32_t>(full_count(c) - cache.room[c]);
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

void give_to_store(std::size_t c, block* list) noexcept {
  const std::lock_guard lock(store.mutex);
  store.put(c, list);
}

// Empties the list in use; returns what was in it.
block* detach_list(std::size_t c) noexcept {
  block* list = cache.lists[c];
  if (list != nullptr) list->count = held_in_list(c);
  cache.lists[c] = nullptr;
  cache.room[c] = full_count(c);
  return list;
}

void give_all_to_store() noexcept {
  for (std::size_t c = 0; c < size_class_count; ++c) {
    if (block* list = detach_list(c)) give_to_store(c, list);
    if (cache.full[c] != nullptr) give_to_store(c, std::exchange(cache.full[c], nullptr));
  }
}

void change_limit(std::size_t bytes) noexcept {
  give_all_to_store();
  limit = bytes;
  for (std::size_t c = 0; c < size_class_count; ++c) cache.room[c] = full_count(c);
}

struct exit_guard {
  ~exit_guard() { change_limit(0); }  // from now on every block goes on to the store at once
};

void prepare_thread() noexcept {
  if (cache.ready) return;
  cache.ready = true;
  for (std::size_t c = 0; c < size_class_count; ++c) cache.room[c] += full_count(c);
  static thread_local exit_guard guard;
  static_cast<void>(guard);
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

// The list in use is empty.
MICROPOOL_COLD void* refill(std::size_t c) {
  prepare_thread();
  block* list = std::exchange(cache.full[c], nullptr);
  if (list == nullptr) {
    const std::lock_guard lock(store.mutex);
    list = store.take(c);
  }
  if (list == nullptr) return ::operator new(size_of_class(c), std::align_val_t{block_alignment});
  // It may come from a thread that may keep more than this one.
  if (block* rest = cut_after(list, static_cast<std::uint32_t>(std::max(full_count(c), 1)))) {
    give_to_store(c, rest);
  }
  cache.lists[c] = list;
  cache.room[c] = full_count(c) - static_cast<std::int32_t>(list->count) + 1;
  return pop(c);
}

// The list in use is more than full, or this is the first block that the thread gives.
MICROPOOL_COLD void make_room(std::size_t c) noexcept {
  prepare_thread();
  if (cache.room[c] >= 0) return;
  block* newest = pop(c);
  ++cache.room[c];
  if (block* rest = detach_list(c)) {
    if (cache.full[c] != nullptr) give_to_store(c, cache.full[c]);
    cache.full[c] = rest;
  }
  if (cache.room[c] == 0) {
    newest->next = nullptr;
    newest->count = 1;
    return give_to_store(c, newest);
  }
  push(c, newest);
  --cache.room[c];
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
    const std::uint32_t in_full = cache.full[c] != nullptr ? cache.full[c]->count : 0;
    bytes += (held_in_list(c) + in_full) * size_of_class(c);
  }
  const std::lock_guard lock(store.mutex);
  return {bytes, store.bytes()};
}

}  // namespace micropool::detail
