// SPDX-License-Identifier: MIT OR Apache-2.0
// Neighbouring elements as one item.
#pragma once

#include <micropool/iter/source/as_source.hpp>
#include <micropool/iter/source/kept_range.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace micropool {

// What chunks, windows and groups are cut from: a range with random access and a size, which is an
// lvalue or a view, since the pieces refer to it.
template <class R>
concept par_divisible = detail::kept_elsewhere<R> && !stage<std::remove_cvref_t<R>>;

namespace detail {

// A span where there is one.
template <std::random_access_iterator I>
auto piece_of(const I& front, std::size_t first, std::size_t length) {
  if constexpr (std::contiguous_iterator<I>) {
    return std::span(std::to_address(front) + first, length);
  } else {
    const I begin = advanced(front, first);
    return std::ranges::subrange(begin, advanced(begin, length));
  }
}

// Of elements that several threads may look at.
template <std::random_access_iterator I>
auto read_only_piece_of(const I& front, std::size_t first, std::size_t length) {
  if constexpr (std::contiguous_iterator<I>) {
    using element = std::remove_reference_t<std::iter_reference_t<I>>;
    return std::span<const element>(std::to_address(front) + first, length);
  } else {
    return piece_of(front, first, length);
  }
}
template <class R>
decltype(auto) read_only(R&& range) {
  using value = std::remove_cvref_t<R>;
  if constexpr (std::is_lvalue_reference_v<R> && !std::ranges::view<value> &&
                indexed_range<const value&>) {
    return std::as_const(range);
  } else {
    return std::forward<R>(range);
  }
}
template <class R>
using kept_read_only = kept_range<decltype(read_only(std::declval<R>()))>;

// As explain_source(), for pieces.
template <class R, class V = std::remove_cvref_t<R>>
consteval bool explain_pieces() {
  if constexpr (is_parallel_iterator<V> || stage<V>) {
    static_assert(par_divisible<R>,
                  "micropool: pieces are cut from a range; the items of a parallel iterator are "
                  "put together with chunks(n) and array_windows<N>()");
  } else if constexpr (indexed_range<R> && owns_elements<R>) {
    static_assert(par_divisible<R>,
                  "micropool: pieces refer to a range that somebody else keeps; pass an lvalue or "
                  "a view");
  } else {
    return explain_source<R>();
  }
  return true;
}

}  // namespace detail
}  // namespace micropool
