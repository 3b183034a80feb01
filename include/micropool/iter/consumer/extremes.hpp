// SPDX-License-Identifier: MIT OR Apache-2.0
// min, max, minmax.
#pragma once

#include <micropool/iter/consumer/extreme.hpp>
#include <micropool/iter/item_key.hpp>
#include <micropool/iter/used_up.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// `less` compares, and key(item) is kept.
template <class KeyOf, class Less, class Item>
concept ordering_key = item_key<KeyOf, const std::remove_cvref_t<Item>&> &&
                       value_order<Less, key_value_t<KeyOf, const std::remove_cvref_t<Item>&>>;

// minmax() of a single value yields it twice.
template <class Item>
concept kept_twice = keepable<Item> && (std::is_lvalue_reference_v<Item> ||
                                        std::copy_constructible<std::remove_cvref_t<Item>>);

// All yield nothing if there is no item. Of equal items the minimum is the first and the maximum
// the last, as of std::ranges::minmax. `less` is a strict weak order; the default is <. key(item)
// is called once for each item, and compared by <. With NaNs among floating-point keys the answer
// is odd, but the same every time; with NaNs inside keys, such as pairs, it may differ from run to
// run.
//
// Items that are references come back as optional_ref, values as std::optional. minmax: a
// std::optional of two references or two values, named min and max.
template <class Self, class Stage>
class extremes_consumers {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  MICROPOOL_RVALUES_ONLY(min, min_by, min_by_key, max, max_by, max_by_key, minmax, minmax_by,
                         minmax_by_key)

  auto min() &&
    requires keepable<item> && value_order<std::less<>, value>
  {
    return self().min_by(std::less<>());
  }
  template <class Less>
    requires keepable<item> && value_order<std::decay_t<Less>, value>
  auto min_by(Less&& less) && {
    return extreme(std::identity(), first_least<std::decay_t<Less>>{std::forward<Less>(less)});
  }
  template <class KeyOf>
    requires keepable<item> && ordering_key<std::decay_t<KeyOf>, std::less<>, item>
  auto min_by_key(KeyOf&& key) && {
    return extreme(std::forward<KeyOf>(key), first_least<std::less<>>{});
  }

  auto max() &&
    requires keepable<item> && value_order<std::less<>, value>
  {
    return self().max_by(std::less<>());
  }
  template <class Less>
    requires keepable<item> && value_order<std::decay_t<Less>, value>
  auto max_by(Less&& less) && {
    return extreme(std::identity(), last_greatest<std::decay_t<Less>>{std::forward<Less>(less)});
  }
  template <class KeyOf>
    requires keepable<item> && ordering_key<std::decay_t<KeyOf>, std::less<>, item>
  auto max_by_key(KeyOf&& key) && {
    return extreme(std::forward<KeyOf>(key), last_greatest<std::less<>>{});
  }

  // Both at once. Values have to be copyable, since a single one is the minimum and the maximum.
  auto minmax() &&
    requires kept_twice<item> && value_order<std::less<>, value>
  {
    return self().minmax_by(std::less<>());
  }
  template <class Less>
    requires kept_twice<item> && value_order<std::decay_t<Less>, value>
  auto minmax_by(Less&& less) && {
    return both_extremes(std::identity(), std::forward<Less>(less));
  }
  template <class KeyOf>
    requires kept_twice<item> && ordering_key<std::decay_t<KeyOf>, std::less<>, item>
  auto minmax_by_key(KeyOf&& key) && {
    return both_extremes(std::forward<KeyOf>(key), std::less<>());
  }

private:
  template <class KeyOf, class Replaces>
  auto extreme(KeyOf&& key, Replaces&& replaces) {
    return self().consumed(extreme_consumer<item, std::decay_t<KeyOf>, std::decay_t<Replaces>>{
        std::forward<KeyOf>(key), std::forward<Replaces>(replaces)});
  }
  template <class KeyOf, class Less>
  auto both_extremes(KeyOf&& key, Less&& less) {
    return self().consumed(minmax_consumer<item, std::decay_t<KeyOf>, std::decay_t<Less>>{
        std::forward<KeyOf>(key), std::forward<Less>(less)});
  }
};

}  // namespace micropool::detail
