// SPDX-License-Identifier: MIT OR Apache-2.0
// is_sorted, all_equal: how neighbouring items compare. Each item is fetched once, so both work on
// any stage; neighbours in different pieces are compared when the pieces are combined.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/consumer/order.hpp>
#include <micropool/detail/iter/maybe_item.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/iter/item_key.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class Self, class Stage>
class order_consumers {
  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  /// Returns true if no item is less than the one before it; also for one item and for none. Ends
  /// at the first item that any thread finds to be less, at any index; exceptions elsewhere may
  /// then be missed.
  ///
  /// ```cpp
  /// check(mp::par_iter(a).is_sorted() && !mp::par_iter(a).all_equal());
  /// ```
  auto is_sorted() &&
    requires storable<item> && value_order<std::less<>, value>
  {
    return std::move(*this).is_sorted_by(std::less<>());
  }
  /// less(value, value) -> bool, a strict weak order.
  template <class Less>
    requires storable<item> && value_order<std::decay_t<Less>, value>
  auto is_sorted_by(Less&& less) && {
    return opened<Self>(*this).consumed(sorted_consumer<item, std::identity, std::decay_t<Less>>{
        std::identity(), std::forward<Less>(less)});
  }
  /// key(item) is called once for each item, and keys are compared by <.
  template <class KeyOf>
    requires item_key<std::decay_t<KeyOf>, item> &&
             value_order<std::less<>, key_value_t<std::decay_t<KeyOf>, item>>
  auto is_sorted_by_key(KeyOf&& key) && {
    return opened<Self>(*this).consumed(sorted_consumer<item, std::decay_t<KeyOf>, std::less<>>{
        std::forward<KeyOf>(key), std::less<>()});
  }

  /// Returns true if all items are equal by ==, which must be an equivalence. Ends as is_sorted()
  /// does.
  auto all_equal() &&
    requires storable<item> && has_equality<value>
  {
    return opened<Self>(*this).consumed(all_equal_consumer<item>());
  }

  MICROPOOL_INSTEAD(is_sorted, "is_sorted(), where items have operator<")
  MICROPOOL_INSTEAD(is_sorted_by,
                    "is_sorted_by(less), where less(a, b) compares two items that are const")
  MICROPOOL_INSTEAD(is_sorted_by_key,
                    "is_sorted_by_key(key), where key(item) returns something with operator<")
  MICROPOOL_INSTEAD(all_equal, "all_equal(), where items have operator==")
};

}  // namespace micropool::detail
