// SPDX-License-Identifier: MIT OR Apache-2.0
// The stage of par_chunks() and par_chunks_exact().
#pragma once

#include <micropool/detail/iter/source/piece.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace micropool::detail {

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

}  // namespace micropool::detail
