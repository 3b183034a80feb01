// SPDX-License-Identifier: MIT OR Apache-2.0
// par_windows, par_array_windows: what is seen of a range through a window that moves by one
// element.
#pragma once

#include <micropool/iter/parallel_iterator.hpp>
#include <micropool/iter/source/bad_argument.hpp>
#include <micropool/iter/source/piece.hpp>

#include <cstddef>
#include <ranges>
#include <span>
#include <utility>

namespace micropool {
namespace detail {

template <class Kept>
class range_windows {
public:
  static constexpr bool is_repeatable = true;

  template <class R>
  range_windows(R&& range, std::size_t length)
      : range_(std::in_place, read_only(std::forward<R>(range))), length_(length) {}

  std::size_t size() const noexcept {
    return range_.size() < length_ ? 0 : range_.size() - length_ + 1;
  }
  auto fetch(std::size_t i) const { return read_only_piece_of(range_.front(), i, length_); }

private:
  Kept range_;
  std::size_t length_;
};

template <class Kept, std::size_t N>
class range_array_windows : private range_windows<Kept> {
  using windows = range_windows<Kept>;

public:
  using windows::is_repeatable, windows::size;

  template <class R>
  explicit range_array_windows(std::in_place_t, R&& range) : windows(std::forward<R>(range), N) {}

  auto fetch(std::size_t i) const { return windows::fetch(i).template first<N>(); }
};

}  // namespace detail

// Every n neighbouring elements, in order: std::span<const T> for a contiguous range, subranges for
// others. Windows overlap, so the elements of an lvalue range are const. None if the range has
// fewer elements.
//
// Lifetime: as par_chunks(). Errors: std::invalid_argument if n is 0.
template <class R>
auto par_windows(R&& range, std::size_t n) {
  if constexpr (par_divisible<R>) {
    detail::require_piece_size("par_windows", n);
    return parallel_iterator(
        detail::range_windows<detail::kept_read_only<R>>(std::forward<R>(range), n));
  } else {
    static_assert(detail::explain_pieces<R>());
  }
}

// The same as std::span<const T, N> for an N that the compiler knows; of contiguous ranges.
template <std::size_t N, class R>
auto par_array_windows(R&& range) {
  static_assert(N != 0, "micropool: par_array_windows<0>: a window has at least one element");
  if constexpr (par_divisible<R>) {
    static_assert(std::ranges::contiguous_range<R>,
                  "micropool: par_array_windows needs a contiguous range, whose elements are one "
                  "array; see par_windows");
    return parallel_iterator(detail::range_array_windows<detail::kept_read_only<R>, N>(
        std::in_place, std::forward<R>(range)));
  } else {
    static_assert(detail::explain_pieces<R>());
  }
}

}  // namespace micropool
