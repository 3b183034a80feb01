// SPDX-License-Identifier: MIT OR Apache-2.0
// par_chunk_by: groups of neighbouring elements that belong together.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/detail/iter/source/chunk_by.hpp>
#include <micropool/detail/iter/source/piece.hpp>
#include <micropool/iter/parallel_iterator.hpp>
#include <micropool/iter/source/piece.hpp>

#include <concepts>
#include <ranges>
#include <type_traits>
#include <utility>

namespace micropool {
namespace detail {

template <class R>
using neighbour_t = std::ranges::range_reference_t<decltype(read_only(std::declval<R>()))>;

template <class P, class R>
inline constexpr bool compares_neighbours = std::predicate<P&, neighbour_t<R>, neighbour_t<R>>;

}  // namespace detail

/// A callable that returns whether two neighbouring elements of a range belong together.
template <class P, class R>
concept neighbour_predicate = detail::compares_neighbours<P, R>;

/// Yields the longest pieces in which pred(previous, next) is true for all neighbours; every
/// element is in exactly one piece. Pieces are spans or subranges, as those of par_windows(), with
/// const elements, because other threads may call pred with them. Not indexed, because the number
/// of pieces is not known beforehand.
///
/// ```cpp
/// auto runs = mp::par_chunk_by(v, std::less<>()).collect<std::vector>();
/// ```
///
/// If pred answers the same question differently, every element is still in exactly one piece;
/// which answer counts is unspecified.
///
/// Lifetime: as for par_chunks().
/// Errors: std::bad_alloc.
/// Cost: two bits for each element, and at most two calls of pred for two neighbours. A single
/// thread looks for the end of a long group.
template <par_divisible R, class P>
  requires neighbour_predicate<std::decay_t<P>, R>
auto par_chunk_by(R&& range, P&& pred) {
  return parallel_iterator(detail::range_groups<detail::stored_read_only<R>, std::decay_t<P>>(
      std::forward<R>(range), std::forward<P>(pred)));
}
MICROPOOL_INSTEAD_OF_CALL(par_chunk_by,
                          "par_chunk_by(range, pred), where range is an lvalue or a view, "
                          "random-access, and knows its size, and pred(previous, next) takes const "
                          "elements and returns bool")

}  // namespace micropool
