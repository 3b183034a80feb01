// SPDX-License-Identifier: MIT OR Apache-2.0
// How containers are filled: the type of their elements, and the fastest way to append that they
// have.
#pragma once

#include <micropool/detail/iter/consumer/append.hpp>

#include <concepts>

namespace micropool {

/// A container that can be filled with values: they are appended or inserted one by one, or given
/// to its constructor as a range.
template <class C>
concept collection =
    requires { typename C::value_type; } &&
    ((std::default_initializable<C> && detail::appendable<C, detail::element_of_t<C>>) ||
     detail::constructible_from_range<C, detail::element_of_t<C>>);

namespace detail {

// A variable and not a concept, because compilers explain every part of a concept that fails.
template <class C, class Item>
inline constexpr bool is_collection_of = false;
template <collection C, class Item>
inline constexpr bool is_collection_of<C, Item> = std::convertible_to<Item, element_of_t<C>>;

}  // namespace detail

/// A container that can hold an item.
template <class C, class Item>
concept collection_of = detail::is_collection_of<C, Item>;

}  // namespace micropool
