// SPDX-License-Identifier: MIT OR Apache-2.0
// par_chunks, par_chunks_exact: a range cut into pieces of equal size.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/detail/iter/source/chunks.hpp>
#include <micropool/iter/parallel_iterator.hpp>
#include <micropool/iter/source/piece.hpp>

#include <cstddef>
#include <utility>

namespace micropool {

/// Yields pieces of n elements, of which the last may have fewer: spans of a contiguous range,
/// std::ranges::subranges of others.
///
/// ```cpp
/// mp::par_chunks(v, 4).for_each([](std::span<int> piece) { piece.front() = 0; });
/// ```
///
/// Lifetime: the range must outlive the loop. Pieces of a view that is not a borrowed range must
/// not be used after the loop.
/// Errors: std::invalid_argument if n is 0.
template <par_divisible R>
auto par_chunks(R&& range, std::size_t n) {
  using chunks = detail::range_chunks<detail::stored_range<R>>;
  detail::require_piece_size("par_chunks", n);
  return parallel_iterator(chunks(std::forward<R>(range), n, chunks::rest::is_a_chunk));
}
MICROPOOL_INSTEAD_OF_CALL_WITH_COUNT(par_chunks,
                          "par_chunks(range, n), where range is an lvalue or a view, random-access, and knows its size; "
                          "the items of an iterator are put together with "
                          "std::move(iterator).chunks(n)")

/// The same, without a last piece of fewer than n elements.
template <par_divisible R>
auto par_chunks_exact(R&& range, std::size_t n) {
  using chunks = detail::range_chunks<detail::stored_range<R>>;
  detail::require_piece_size("par_chunks_exact", n);
  return parallel_iterator(chunks(std::forward<R>(range), n, chunks::rest::is_left_out));
}
MICROPOOL_INSTEAD_OF_CALL_WITH_COUNT(par_chunks_exact,
                          "par_chunks_exact(range, n), where range is an lvalue or a view, random-access, and knows its size; "
                          "the items of an iterator are put together with "
                          "std::move(iterator).chunks(n)")

}  // namespace micropool
