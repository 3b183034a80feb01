// SPDX-License-Identifier: MIT OR Apache-2.0
// min, max, minmax: the least and the greatest item.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/consumer/extremes.hpp>
#include <micropool/detail/iter/maybe_item.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/iter/item_key.hpp>

#include <algorithm>
#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool {

/// Two items, which are references if the chain's items are. Members min and max, as in the result
/// of std::ranges::minmax.
template <class Item>
using min_and_max = std::ranges::min_max_result<
    std::conditional_t<std::is_lvalue_reference_v<Item>, Item, std::remove_cvref_t<Item>>>;

namespace detail {

// `less` compares keys, and key(item) can be kept.
template <class KeyOf, class Less, class Item>
inline constexpr bool ordering_key =
    item_key<KeyOf, const std::remove_cvref_t<Item>&> &&
    value_order<Less, key_value_t<KeyOf, const std::remove_cvref_t<Item>&>>;

// minmax() of a single value returns it twice.
template <class Item>
concept storable_twice = storable<Item> && (std::is_lvalue_reference_v<Item> ||
                                        std::copy_constructible<std::remove_cvref_t<Item>>);

// All return nothing if there is no item. If several items are equal, the minimum is the first of
// them and the maximum the last, as in std::ranges::minmax. `less` is a strict weak order; the
// default is <. key(item) is called once for each item, and keys are compared by <. With NaNs among
// floating-point keys the result is unspecified, but the same every time; with NaNs inside keys,
// such as pairs, it may differ from run to run.
//
// Items that are references are returned as optional_ref, values as std::optional. minmax returns a
// std::optional of two references or two values, named min and max.
template <class Self, class Stage>
class extremes_consumers {
  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  /// Returns the first least item, or nothing if there is none. Compares by <.
  ///
  /// ```cpp
  /// mp::optional_ref<const std::string> first = mp::par_iter(words).min();  // items: references
  /// check(first && *first == "apple");
  /// ```
  auto min() &&
    requires storable<item> && value_order<std::less<>, value>
  {
    return std::move(*this).min_by(std::less<>());
  }
  /// The same by less(item, item) -> bool, a strict weak order.
  template <class Less>
    requires storable<item> && value_order<std::decay_t<Less>, value>
  auto min_by(Less&& less) && {
    return best<extreme::first_least>(std::identity(), std::forward<Less>(less));
  }
  /// The same by key(item), which is called once for each item; keys are compared by <.
  template <class KeyOf>
    requires storable<item> && ordering_key<std::decay_t<KeyOf>, std::less<>, item>
  auto min_by_key(KeyOf&& key) && {
    return best<extreme::first_least>(std::forward<KeyOf>(key), std::less<>());
  }

  /// Returns the last greatest item, or nothing if there is none. Compares by <.
  auto max() &&
    requires storable<item> && value_order<std::less<>, value>
  {
    return std::move(*this).max_by(std::less<>());
  }
  /// The same by less(item, item) -> bool, a strict weak order.
  template <class Less>
    requires storable<item> && value_order<std::decay_t<Less>, value>
  auto max_by(Less&& less) && {
    return best<extreme::last_greatest>(std::identity(), std::forward<Less>(less));
  }
  /// The same by key(item), which is called once for each item; keys are compared by <.
  template <class KeyOf>
    requires storable<item> && ordering_key<std::decay_t<KeyOf>, std::less<>, item>
  auto max_by_key(KeyOf&& key) && {
    return best<extreme::last_greatest>(std::forward<KeyOf>(key), std::less<>());
  }

  /// Both in one loop: a std::optional of two references or two values, named min and max. Values
  /// must be copyable, because a single one is the minimum and the maximum.
  auto minmax() &&
    requires storable_twice<item> && value_order<std::less<>, value>
  {
    return std::move(*this).minmax_by(std::less<>());
  }
  /// The same by less(item, item) -> bool, a strict weak order.
  template <class Less>
    requires storable_twice<item> && value_order<std::decay_t<Less>, value>
  auto minmax_by(Less&& less) && {
    return best_two(std::identity(), std::forward<Less>(less));
  }
  /// The same by key(item), which is called once for each item; keys are compared by <.
  template <class KeyOf>
    requires storable_twice<item> && ordering_key<std::decay_t<KeyOf>, std::less<>, item>
  auto minmax_by_key(KeyOf&& key) && {
    return best_two(std::forward<KeyOf>(key), std::less<>());
  }

  MICROPOOL_INSTEAD(min, "min(), where items have operator<; else min_by(less) or min_by_key(key)")
  MICROPOOL_INSTEAD(min_by, "min_by(less), where less(a, b) compares two items that are const")
  MICROPOOL_INSTEAD(min_by_key, "min_by_key(key), where key(item) returns something with operator<")
  MICROPOOL_INSTEAD(max, "max(), where items have operator<; else max_by(less) or max_by_key(key)")
  MICROPOOL_INSTEAD(max_by, "max_by(less), where less(a, b) compares two items that are const")
  MICROPOOL_INSTEAD(max_by_key, "max_by_key(key), where key(item) returns something with operator<")
  MICROPOOL_INSTEAD(minmax,
                    "minmax(), where items have operator<; else minmax_by(less) or "
                    "minmax_by_key(key)")
  MICROPOOL_INSTEAD(minmax_by,
                    "minmax_by(less), where less(a, b) compares two items that are const")
  MICROPOOL_INSTEAD(minmax_by_key,
                    "minmax_by_key(key), where key(item) returns something with operator<")

private:
  template <extreme Which, class KeyOf, class Less>
  auto best(KeyOf&& key, Less&& less) {
    return opened<Self>(*this).consumed(
        extreme_consumer<Which, item, std::decay_t<KeyOf>, std::decay_t<Less>>{
            std::forward<KeyOf>(key), std::forward<Less>(less)});
  }
  template <class KeyOf, class Less>
  auto best_two(KeyOf&& key, Less&& less) {
    return opened<Self>(*this).consumed(
        minmax_consumer<min_and_max<item>, item, std::decay_t<KeyOf>, std::decay_t<Less>>{
            std::forward<KeyOf>(key), std::forward<Less>(less)});
  }
};

}  // namespace detail
}  // namespace micropool
