// SPDX-License-Identifier: MIT OR Apache-2.0
// to_histogram, top_k: the numbers of items in bins, and the greatest items.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/consumer/summary.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/iter/item_key.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool {

/// index_of(item) -> an integer.
template <class F, class Item>
concept item_index = item_callable<F, Item> && requires {
  requires std::integral<std::remove_cvref_t<detail::item_result_t<F, Item>>>;
};

namespace detail {

template <class Self, class Stage>
class summary_consumers {
  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  /// Returns how many items belong to each of `bins` bins, numbered by index_of(item).
  /// Errors: std::out_of_range if an item belongs to no bin.
  /// Cost: one set of bins for each participant.
  template <class F>
    requires item_index<std::decay_t<F>, item>
  auto to_histogram(std::size_t bins, F&& index_of) && {
    return opened<Self>(*this).consumed(
        histogram_consumer<std::decay_t<F>>{bins, std::forward<F>(index_of)});
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
    return opened<Self>(*this).consumed(
        top_consumer<value, std::decay_t<Less>>{k, std::forward<Less>(less)});
  }
  auto top_k(std::size_t k) &&
    requires value_order<std::less<>, value> && std::constructible_from<value, item>
  {
    return opened<Self>(*this).consumed(top_consumer<value, std::less<>>{k, {}});
  }

  MICROPOOL_INSTEAD_OF_COUNTED(to_histogram,
                    "to_histogram(bins, index_of), where index_of(item) returns an integer")
  MICROPOOL_INSTEAD_OF_COUNTED(top_k,
                    "top_k(k, less), where less(a, b) compares two items and items can be copied "
                    "or moved into values")
};

}  // namespace detail
}  // namespace micropool
