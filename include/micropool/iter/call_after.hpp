// SPDX-License-Identifier: MIT OR Apache-2.0
// Callables that take a value of the library's and an item after it: f(state, item). The elements
// of an item that is a pair or tuple may be taken as separate arguments, as in call_with().
#pragma once

#include <micropool/iter/concepts.hpp>

#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace micropool {
namespace detail {

template <class F, class First, class Item>
concept takes_whole_after = std::invocable<F&, First, Item>;
template <class F, class First, class Item, class = void>
inline constexpr bool takes_parts_of_after = false;
template <class F, class First, class Item, std::size_t... I>
constexpr bool takes_each_after(std::index_sequence<I...>) {
  return std::invocable<F&, First, decltype(std::get<I>(std::declval<Item>()))...>;
}
template <class F, class First, class Item>
inline constexpr bool takes_parts_of_after<
    F, First, Item, std::void_t<decltype(std::tuple_size<std::remove_cvref_t<Item>>::value)>> =
    takes_each_after<F, First, Item>(
        std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<Item>>>());
template <class F, class First, class Item>
concept takes_parts_after = takes_parts_of_after<F, First, Item>;

}  // namespace detail

// A callable that accepts `First` and an item.
template <class F, class First, class Item>
concept callable_after =
    detail::takes_whole_after<F, First, Item> || detail::takes_parts_after<F, First, Item>;

namespace detail {

template <class F, class First, class Item>
  requires callable_after<F, First, Item>
MICROPOOL_ALWAYS_INLINE decltype(auto) call_after(F& f, First&& first, Item&& item) {
  if constexpr (takes_whole_after<F, First, Item>) {
    return std::invoke(f, std::forward<First>(first), std::forward<Item>(item));
  } else {
    return std::apply(
        [&](auto&&... parts) -> decltype(auto) {
          return std::invoke(f, std::forward<First>(first),
                             std::forward<decltype(parts)>(parts)...);
        },
        std::forward<Item>(item));
  }
}

template <class F, class First, class Item>
using result_after_t =
    decltype(call_after(std::declval<F&>(), std::declval<First>(), std::declval<Item>()));

}  // namespace detail
}  // namespace micropool
