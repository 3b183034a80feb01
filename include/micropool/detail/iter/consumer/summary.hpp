// SPDX-License-Identifier: MIT OR Apache-2.0
// What to_histogram() and top_k() fold into.
#pragma once

#include <micropool/detail/iter/consumer/top_k_heap.hpp>
#include <micropool/detail/iter/reduction.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace micropool::detail {

template <class Index>
[[noreturn]] MICROPOOL_COLD void throw_no_such_bin(Index index, std::size_t bins) {
  throw std::out_of_range("micropool: to_histogram(): an item has index " + std::to_string(index) +
                          ", but there are " + std::to_string(bins) +
                          " bins; ask for more, or let index_of(item) stay below");
}

template <class F>
struct histogram_consumer {
  using part = std::vector<std::size_t>;
  static constexpr auto combines = combine_order::unordered;
  static constexpr auto stops = early_exit::none;

  part identity() const { return part(bins); }
  template <class Item>
  bool accept(part& counts, Item&& item) {
    const auto index = call_with(index_of, std::forward<Item>(item));
    // A negative index becomes a very large one.
    const auto bin = static_cast<std::size_t>(index);
    if (bin >= bins) [[unlikely]] throw_no_such_bin(index, bins);
    ++counts[bin];
    return true;
  }
  void combine(part& left, part&& right) const noexcept {
    for (std::size_t i = 0; i < bins; ++i) left[i] += right[i];
  }
  part result(part&& counts) const { return std::move(counts); }

  std::size_t bins;
  F index_of;
};

template <class T, class Less>
struct top_consumer {
  using part = top_k_heap<T>;
  static constexpr auto combines = combine_order::in_order;
  static constexpr auto stops = early_exit::none;

  part identity() const { return {}; }
  template <class Item>
  bool accept(part& p, Item&& item) {
    p.offer(std::forward<Item>(item), k, less);
    return true;
  }
  void combine(part& left, part&& right) { left.offer_all(std::move(right), k, less); }
  std::vector<T> result(part&& p) { return std::move(p).in_order(less); }

  std::size_t k;
  Less less;
};

}  // namespace micropool::detail
