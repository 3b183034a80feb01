// SPDX-License-Identifier: MIT OR Apache-2.0
// par_chunks, par_chunks_exact: a range cut into pieces of equal size.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/iter/parallel_iterator.hpp>
#include <micropool/iter/source/piece.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace micropool {
namespace detail {

template <class Kept>
class range_chunks {
public:
  static constexpr bool is_repeatable = true;

  enum class rest { is_a_chunk, is_left_out };
  template <class R>
  range_chunks(R&& range, std::size_t length, rest r)
      : range_(std::in_place, std::forward<R>(range)),
        length_(length),
        count_(range_.size() / length +
               (r == rest::is_a_chunk && range_.size() % length != 0 ? 1 : 0)) {}

  std::size_t size() const noexcept { return count_; }
  auto fetch(std::size_t i) const {
    const std::size_t first = i * length_;
    return piece_of(range_.front(), first, std::min(length_, range_.size() - first));
  }

private:
  Kept range_;
  std::size_t length_;
  std::size_t count_;
};

}  // namespace detail

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
