// SPDX-License-Identifier: MIT OR Apache-2.0
// The stages of par_windows() and par_array_windows().
#pragma once

#include <micropool/detail/iter/source/piece.hpp>

#include <cstddef>
#include <utility>

namespace micropool::detail {

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

}  // namespace micropool::detail
