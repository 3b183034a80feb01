// SPDX-License-Identifier: MIT OR Apache-2.0
// Pieces of a range: neighbouring elements as one item.
#pragma once

#include <micropool/detail/iter/algorithm/output.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/detail/iter/source/stored_range.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// A span if the range is contiguous, else a subrange.
template <std::random_access_iterator I>
auto piece_of(const I& front, std::size_t first, std::size_t length) {
  if constexpr (std::contiguous_iterator<I>) {
    return std::span(std::to_address(front) + first, length);
  } else {
    const I begin = advanced(front, first);
    return std::ranges::subrange(begin, advanced(begin, length));
  }
}

// The same with const elements, for pieces that several threads may read.
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
using stored_read_only = stored_range<decltype(read_only(std::declval<R>()))>;

}  // namespace micropool::detail
