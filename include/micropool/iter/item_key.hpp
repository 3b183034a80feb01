// SPDX-License-Identifier: MIT OR Apache-2.0
// The keys by which items are compared: the items themselves, or what a user's function returns for
// them.
#pragma once

#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/chunk.hpp>
#include <micropool/iter/concepts.hpp>

#include <concepts>
#include <type_traits>

namespace micropool {

/// key(item) -> a key. Keys are kept and compared.
template <class F, class Item>
concept item_key = item_callable<F, Item> && requires {
  requires !std::is_void_v<detail::item_result_t<F, Item>>;
};

/// less(value, value) -> bool.
template <class Less, class T>
concept value_order = std::predicate<Less&, const T&, const T&>;

namespace detail {

template <class F, class Item>
using key_value_t = std::remove_cvref_t<item_result_t<F, Item>>;

// A key is kept as a reference if the item is one and the function returns one.
template <class F, class Item, class Called = Item>
using stored_key_t = std::conditional_t<std::is_lvalue_reference_v<Item> &&
                                          std::is_lvalue_reference_v<item_result_t<F, Called>>,
                                      item_result_t<F, Called>, key_value_t<F, Called>>;

// Under a strict weak order, the first least and the last greatest item are the same in every tree.
// With a NaN among floating-point numbers there is no such order; one fixed tree at least gives the
// same bits each time.
template <class Key>
inline constexpr combine_order association_of_extremes =
    std::floating_point<Key> ? combine_order::fixed_tree : combine_order::in_order;

}  // namespace detail
}  // namespace micropool
