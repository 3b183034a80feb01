// SPDX-License-Identifier: MIT OR Apache-2.0
// block_list: values in blocks, which are put together at the end. Participants do not wait for
// each other, and the number of values need not be known beforehand.
#pragma once

#include <micropool/detail/iter/consumer/append.hpp>
#include <micropool/detail/iter/reduction.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool::detail {

template <class T>
class block_list {
  // std::vector<bool> has no elements that could be moved.
  using stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

public:
  template <class Item>
  void add(Item&& item) {
    if (last_.size() == last_.capacity()) [[unlikely]] begin_block();
    last_.emplace_back(std::forward<Item>(item));
  }
  // Appends the blocks of the right-hand neighbour. No element moves.
  void add_all(block_list&& right) {
    if (right.full_.empty() && right.last_.empty()) return;
    keep_last();
    for (auto& v : right.full_) full_.push_back(std::move(v));
    last_ = std::move(right.last_);
  }

  // Appends all values to an empty container, on one thread: most of the time is taken by the first
  // touch of the container's pages, and resizing it, so that several threads could copy, would
  // touch them once more (1.8 times as long for ten million longs on two threads).
  template <class C>
  void move_to(C& c) && {
    reserve(c, size());
    for (auto& v : full_) {
      append_all(c, v);
      v = std::vector<stored>();  // freed here, because both copies exist at the same time
    }
    append_all(c, last_);
  }
  template <class C>
  C into() && {
    if constexpr (std::is_same_v<C, std::vector<stored>>) {
      if (full_.empty()) return std::move(last_);
    }
    if constexpr (std::default_initializable<C> && appendable<C, T>) {
      C c;
      std::move(*this).move_to(c);
      return c;
    } else {
      std::vector<stored> all = std::move(*this).template into<std::vector<stored>>();
      return C(std::make_move_iterator(all.data()),
               std::make_move_iterator(all.data() + all.size()));
    }
  }

private:
  // Blocks do not grow, so no element moves before the end. They stay small enough for an allocator
  // to keep and reuse: fresh pages from the system cost more than what is written to them.
  MICROPOOL_NOINLINE void begin_block() {
    constexpr std::size_t smallest = std::max<std::size_t>(1, 256 / sizeof(stored));
    constexpr std::size_t largest = std::max<std::size_t>(smallest, 64 * 1024 / sizeof(stored));
    const std::size_t next = std::clamp(2 * last_.size(), smallest, largest);
    keep_last();
    last_ = std::vector<stored>();
    last_.reserve(next);
  }
  void keep_last() {
    if (!last_.empty()) full_.push_back(std::move(last_));
  }

  std::size_t size() const noexcept {
    std::size_t n = last_.size();
    for (const auto& v : full_) n += v.size();
    return n;
  }

  std::vector<std::vector<stored>> full_;
  std::vector<stored> last_;  // comes after all of `full_`
};

template <class T>
struct gather_consumer {
  using part = block_list<T>;
  static constexpr auto combines = combine_order::in_order;
  static constexpr auto stops = early_exit::none;

  part identity() const { return {}; }
  template <class Item>
  bool accept(part& p, Item&& item) const {
    p.add(std::forward<Item>(item));
    return true;
  }
  void combine(part& left, part&& right) const { left.add_all(std::move(right)); }
  part result(part&& p) const { return std::move(p); }
};

template <class C>
struct collect_consumer : gather_consumer<element_of_t<C>> {
  C result(block_list<element_of_t<C>>&& p) const { return std::move(p).template into<C>(); }
};

}  // namespace micropool::detail
