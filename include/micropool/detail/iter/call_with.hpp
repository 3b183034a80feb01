// SPDX-License-Identifier: MIT OR Apache-2.0
// call_with: how the user's callables take items.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// A callable takes an item whole, or takes the elements of a pair or tuple (enumerate, zip) as
// separate arguments; `Before` are arguments of the library's that precede the item.
template <class F, class Item, class... Before>
concept takes_whole_item = std::invocable<F&, Before..., Item>;
template <class Item>
concept has_parts = requires { std::tuple_size<std::remove_cvref_t<Item>>::value; };
template <class F, class Item, class... Before, std::size_t... I>
constexpr bool takes_each(std::index_sequence<I...>) {
  return std::invocable<F&, Before..., decltype(std::get<I>(std::declval<Item>()))...>;
}
template <class F, class Item, class... Before>
constexpr bool takes_parts() {
  if constexpr (has_parts<Item>) {
    return takes_each<F, Item, Before...>(
        std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<Item>>>());
  } else {
    return false;
  }
}
// A variable and not a concept, because compilers explain every part of a concept that fails.
template <class F, class Item, class... Before>
inline constexpr bool takes_item =
    takes_whole_item<F, Item, Before...> || takes_parts<F, Item, Before...>();

// Calls f(before..., item).
template <class F, class Item, class... Before>
  requires takes_item<F, Item, Before...>
MICROPOOL_ALWAYS_INLINE decltype(auto) call_with(F& f, Item&& item, Before&&... before) {
  if constexpr (takes_whole_item<F, Item, Before...>) {
    return std::invoke(f, std::forward<Before>(before)..., std::forward<Item>(item));
  } else {
    return std::apply(
        [&](auto&&... parts) -> decltype(auto) {
          return std::invoke(f, std::forward<Before>(before)...,
                             std::forward<decltype(parts)>(parts)...);
        },
        std::forward<Item>(item));
  }
}

template <class F, class Item, class... Before>
using item_result_t =
    decltype(call_with(std::declval<F&>(), std::declval<Item>(), std::declval<Before>()...));

}  // namespace micropool::detail
