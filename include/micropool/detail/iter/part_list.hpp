// SPDX-License-Identifier: MIT OR Apache-2.0
// The partial results of a loop: parts, each folded from neighbouring chunks, in lists. They are in
// memory that the loop has reserved, and in allocated memory once that is used up.
#pragma once

#include <micropool/detail/iter/chunk.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace micropool::detail {

// The part of a loop that folds nothing.
struct no_value {};

// The result of chunks [first, first + count).
template <class T>
struct part_of_loop {
  part_of_loop* older;
  std::uint32_t first;
  std::uint32_t count;
  bool reserved;  // its memory belongs to the loop
  T value;

  chunk_range chunks() const noexcept { return {first, first + count}; }
};

// Memory for some parts of one participant. Memory that is not needed is not touched.
//
// Threads: that participant only.
template <class T>
class part_store {
public:
  using part = part_of_loop<T>;
  static constexpr std::size_t size_of_one = sizeof(part);

  part_store() noexcept = default;
  explicit part_store(std::span<std::byte> room) noexcept
      : next_(room.data()), end_(room.data() + room.size() / sizeof(part) * sizeof(part)) {}

  // Returns null if the memory is used up.
  void* take() noexcept {
    if (free_ != nullptr) return std::exchange(free_, free_->next);
    return next_ != end_ ? std::exchange(next_, next_ + sizeof(part)) : nullptr;
  }
  void give(void* memory) noexcept { free_ = ::new (memory) link{free_}; }

private:
  struct link {
    link* next;
  };
  link* free_ = nullptr;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
};

// Parts of one loop, newest first.
template <class T>
class part_list {
public:
  using part = part_of_loop<T>;

  part_list() noexcept = default;
  // Takes memory from a participant's store, which must outlive the parts of the list.
  explicit part_list(part_store<T>* store) noexcept : store_(store) {}
  part_list(const part_list&) = delete;
  part_list& operator=(const part_list&) = delete;
  ~part_list() {
    while (newest_ != nullptr) drop_newest();
  }

  part* newest() noexcept { return newest_; }
  void swap(part_list& other) noexcept { std::swap(newest_, other.newest_); }
  void push(chunk_range chunks, T&& v) {
    void* const room = store_ != nullptr ? store_->take() : nullptr;
    void* const memory = room != nullptr ? room : allocate_for<part>();
    try {
      newest_ = ::new (memory)
          part{newest_, chunks.first, chunks.size(), room != nullptr, std::move(v)};
    } catch (...) {
      give_back(memory, room != nullptr);
      throw;
    }
  }
  // Moves the newest part of another list.
  void push_from(part_list& other) noexcept {
    part* p = std::exchange(other.newest_, other.newest_->older);
    p->older = newest_;
    newest_ = p;
  }
  void drop_newest() noexcept {
    part* const p = std::exchange(newest_, newest_->older);
    const bool reserved = p->reserved;
    std::destroy_at(p);
    give_back(p, reserved);
  }

  // Combines the two newest parts while they are the children of one node of the fixed tree.
  template <class Consumer>
  void merge_siblings(Consumer& c) {
    while (newest_ != nullptr && newest_->older != nullptr) {
      part& right = *newest_;
      part& left = *right.older;
      if (left.count != right.count || left.first + left.count != right.first ||
          left.first % (2 * std::uint64_t{left.count}) != 0) {
        return;
      }
      merge_newest(c);
    }
  }
  template <class Consumer>
  void merge_newest(Consumer& c) {
    part& right = *newest_;
    part& left = *right.older;
    c.combine(left.value, std::move(right.value));
    left.count += right.count;
    drop_newest();
  }

  // Sorts, so that the newest part is that of the lowest chunks. A bottom-up merge sort.
  void sort() noexcept {
    part* sorted[32] = {};
    while (newest_ != nullptr) {
      part* one = std::exchange(newest_, newest_->older);
      one->older = nullptr;
      std::size_t k = 0;
      for (; k < 31 && sorted[k] != nullptr; ++k) {
        one = merged(std::exchange(sorted[k], nullptr), one);
      }
      sorted[k] = merged(sorted[k], one);
    }
    for (part* s : sorted) newest_ = merged(newest_, s);
  }

private:
  // A list without a store holds parts from many stores, and leaves their memory to the loop.
  void give_back(void* memory, bool reserved) noexcept {
    if (!reserved) {
      deallocate_for(static_cast<part*>(memory));
    } else if (store_ != nullptr) {
      store_->give(memory);
    }
  }

  static part* merged(part* a, part* b) noexcept {
    part* result = nullptr;
    part** end = &result;
    while (a != nullptr && b != nullptr) {
      part*& lower = a->first < b->first ? a : b;
      *end = lower;
      end = &lower->older;
      lower = lower->older;
    }
    *end = a != nullptr ? a : b;
    return result;
  }

  part* newest_ = nullptr;
  part_store<T>* store_ = nullptr;
};

}  // namespace micropool::detail
