// SPDX-License-Identifier: MIT OR Apache-2.0
// What items are compared by: themselves, or a key that the user's function computes.
#pragma once

#include <micropool/iter/chunk.hpp>
#include <micropool/iter/concepts.hpp>

#include <concepts>
#include <type_traits>

namespace micropool {

// key(item) -> something that can be kept and compared.
template <class F, class Item>
concept item_key = item_callable<F, Item> && requires {
  requires !std::is_void_v<detail::item_result_t<F, Item>>;
};

// less(value, value) -> bool.
template <class Less, class T>
concept value_order = std::predicate<Less&, const T&, const T&>;

namespace detail {

template <class F, class Item>
using key_value_t = std::remove_cvref_t<item_result_t<F, Item>>;

// A key that is a part of what a reference item refers to is not copied.
template <class F, class Item, class Called = Item>
using kept_key_t = std::conditional_t<std::is_lvalue_reference_v<Item> &&
                                          std::is_lvalue_reference_v<item_result_t<F, Called>>,
                                      item_result_t<F, Called>, key_value_t<F, Called>>;

// Of what `less` orders, the first least or the last greatest is the same in every tree. That is
// not so of floating-point numbers with a NaN among them; one tree gives at least the same bits
// each time.
template <class Key>
inline constexpr association association_of_extremes =
    std::floating_point<Key> ? association::fixed : association::free;

}  // namespace detail
}  // namespace micropool
