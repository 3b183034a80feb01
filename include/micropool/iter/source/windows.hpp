// SPDX-License-Identifier: MIT OR Apache-2.0
// par_windows, par_array_windows: overlapping pieces of a range, each of which begins one element
// after the one before.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/detail/iter/source/piece.hpp>
#include <micropool/detail/iter/source/windows.hpp>
#include <micropool/iter/parallel_iterator.hpp>
#include <micropool/iter/source/piece.hpp>

#include <cstddef>
#include <ranges>
#include <utility>

namespace micropool {

/// Yields every n neighbouring elements, in order: std::span<const T> of a contiguous range,
/// subranges of others. Windows overlap, so the elements of an lvalue range are const. Yields
/// nothing if the range has fewer than n elements.
///
/// ```cpp
/// const auto rises = [](std::span<const int> w) { return w[0] < w[1]; };
/// check(mp::par_windows(v, 2).filter(rises).count() == 4);
/// ```
///
/// Lifetime: as for par_chunks().
/// Errors: std::invalid_argument if n is 0.
template <par_divisible R>
auto par_windows(R&& range, std::size_t n) {
  detail::require_piece_size("par_windows", n);
  return parallel_iterator(
      detail::range_windows<detail::stored_read_only<R>>(std::forward<R>(range), n));
}
MICROPOOL_INSTEAD_OF_CALL_WITH_COUNT(par_windows,
                          "par_windows(range, n), where range is an lvalue or a view, random-access, and knows its size")

/// The same for an N known at compile time, as std::span<const T, N>. Requires a contiguous range.
template <std::size_t N, par_divisible R>
  requires(N > 0 && std::ranges::contiguous_range<R>)
auto par_array_windows(R&& range) {
  return parallel_iterator(detail::range_array_windows<detail::stored_read_only<R>, N>(
      std::in_place, std::forward<R>(range)));
}
MICROPOOL_INSTEAD_OF_CALL_WITH_NUMBER(par_array_windows,
                                      "par_array_windows<N>(range), where N > 0 and range is an "
                                      "lvalue or a view of one array; else par_windows(range, n)")

}  // namespace micropool
