// SPDX-License-Identifier: MIT OR Apache-2.0
// partition, partition_map, unzip: the items in two or more vectors.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/consumer/partition.hpp>
#include <micropool/detail/iter/open_chain.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace micropool {

/// f(item) -> std::variant<A, B>.
template <class F, class Item>
concept sorts_in_two = item_callable<F, Item> && requires {
  requires detail::is_variant_of_two<std::remove_cvref_t<detail::item_result_t<F, Item>>>;
};

namespace detail {

template <class Self, class Stage>
class partition_consumers {
  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  /// Returns two vectors: the items for which the predicate holds, and the others; both in order.
  ///
  /// ```cpp
  /// auto [even, odd] = mp::par_range(6).partition([](int n) { return n % 2 == 0; });
  /// ```
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, const value&> &&
             std::constructible_from<value, item>
  auto partition(Predicate&& p) && {
    return opened<Self>(*this).consumed(
        partition_consumer<value, std::decay_t<Predicate>>(std::forward<Predicate>(p)));
  }

  /// Returns two vectors: the first alternatives of what f returns, and the second ones; both in
  /// order.
  template <class F>
    requires sorts_in_two<std::decay_t<F>, item>
  auto partition_map(F&& f) && {
    using variant = std::remove_cvref_t<item_result_t<std::decay_t<F>, item>>;
    return opened<Self>(*this).consumed(
        partition_map_consumer<std::decay_t<F>, variant>(std::forward<F>(f)));
  }

  /// Returns one vector for each element of the pairs or tuples. Elements that are references are
  /// copied.
  auto unzip() &&
    requires tuple_like<value_t<Stage>>
  {
    return opened<Self>(*this).consumed(typename unzip_of<value>::type());
  }

  MICROPOOL_INSTEAD(partition,
                    "partition(pred), where pred(item) takes the item as const and returns bool")
  MICROPOOL_INSTEAD(partition_map, "partition_map(f), where f(item) returns a std::variant<A, B>")
  MICROPOOL_INSTEAD(unzip, "unzip(), where items are pairs or tuples")
};

}  // namespace detail
}  // namespace micropool
