// SPDX-License-Identifier: MIT OR Apache-2.0
// to_histogram, top_k: the numbers of items in bins, and the greatest items.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/consumer/top_k_heap.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/iter/item_key.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool {

/// index_of(item) -> an integer.
template <class F, class Item>
concept item_index = item_callable<F, Item> && requires {
  requires std::integral<std::remove_cvref_t<detail::item_result_t<F, Item>>>;
};

namespace detail {

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

template <class Self, class Stage>
class summary_consumers {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  MICROPOOL_INSTEAD_OF_COUNTED(to_histogram,
                    "to_histogram(bins, index_of), where index_of(item) returns an integer")
  MICROPOOL_INSTEAD_OF_COUNTED(top_k,
                    "top_k(k, less), where less(a, b) compares two items and items can be copied "
                    "or moved into values")

  /// Returns how many items belong to each of `bins` bins, numbered by index_of(item).
  /// Errors: std::out_of_range if an item belongs to no bin.
  /// Cost: one set of bins for each participant.
  template <class F>
    requires item_index<std::decay_t<F>, item>
  auto to_histogram(std::size_t bins, F&& index_of) && {
    return self().consumed(histogram_consumer<std::decay_t<F>>{bins, std::forward<F>(index_of)});
  }

  /// Returns the k greatest items, or all if there are fewer, the greatest first; of equal items,
  /// the one with the lowest index first.
  ///
  /// ```cpp
  /// check(mp::par_iter(words).top_k(2) == strings{"pear", "grape"});  // the greatest first
  /// ```
  ///
  /// Cost: at most k values, in a heap, for each run of neighbouring chunks that a participant
  /// takes.
  template <class Less>
    requires value_order<std::decay_t<Less>, value> && std::constructible_from<value, item>
  auto top_k(std::size_t k, Less&& less) && {
    return self().consumed(top_consumer<value, std::decay_t<Less>>{k, std::forward<Less>(less)});
  }
  auto top_k(std::size_t k) &&
    requires value_order<std::less<>, value> && std::constructible_from<value, item>
  {
    return self().consumed(top_consumer<value, std::less<>>{k, {}});
  }
};

}  // namespace detail
}  // namespace micropool
