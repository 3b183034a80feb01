// SPDX-License-Identifier: MIT OR Apache-2.0
// What a loop has folded so far: parts, each of some neighbouring units, in lists that allocate
// nothing once warm.
#pragma once

#include <micropool/detail/work/frame_alloc.hpp>
#include <micropool/iter/chunk.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace micropool::detail {

// Where nothing is folded.
struct nothing {};

// What was folded from units [first, first + count).
template <class T>
struct part_of_loop {
  part_of_loop* older;
  std::uint32_t first;
  std::uint32_t count;
  T value;

  static part_of_loop* make(part_of_loop* older, unit_range units, T&& v) {
    auto* memory = allocate_for<part_of_loop>();
    try {
      return ::new (memory) part_of_loop{older, units.first, units.size(), std::move(v)};
    } catch (...) {
      deallocate_for(memory);
      throw;
    }
  }
  static void destroy(part_of_loop* p) noexcept {
    std::destroy_at(p);
    deallocate_for(p);
  }
  unit_range units() const noexcept { return {first, first + count}; }
};

// Parts of one loop, newest first.
template <class T>
class part_list {
public:
  using part = part_of_loop<T>;

  part_list() noexcept = default;
  part_list(const part_list&) = delete;
  part_list& operator=(const part_list&) = delete;
  ~part_list() {
    while (newest_ != nullptr) drop_newest();
  }

  part* newest() noexcept { return newest_; }
  void swap(part_list& other) noexcept { std::swap(newest_, other.newest_); }
  void push(unit_range units, T&& v) { newest_ = part::make(newest_, units, std::move(v)); }
  // Moves the newest of another list.
  void push_from(part_list& other) noexcept {
    part* p = std::exchange(other.newest_, other.newest_->older);
    p->older = newest_;
    newest_ = p;
  }
  void drop_newest() noexcept { part::destroy(std::exchange(newest_, newest_->older)); }

  // Combines the two newest where that is a node of the fixed tree.
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

  // So that the newest is that of the lowest units. Merge sort of a list, from the bottom up.
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
};

}  // namespace micropool::detail
