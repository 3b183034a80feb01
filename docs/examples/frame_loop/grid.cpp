// SPDX-License-Identifier: MIT OR Apache-2.0
#include "grid.hpp"

#include <numeric>

namespace frame_loop {
namespace {

/// A cell number takes nanoseconds: pieces are large.
constexpr std::size_t grain = 2048;

}  // namespace

grid::grid(int side) : side_(side), starts_(cell(0, 0, side) + 1) {}

void grid::build(engine& on, std::span<const vec3> positions) {
  cell_of_.resize(positions.size());
  sorted_.resize(positions.size());
  on.for_pieces(positions.size(), grain, [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i != last; ++i) {
      const vec3 p = positions[i];
      cell_of_[i] =
          static_cast<std::uint32_t>(cell(coordinate(p.x), coordinate(p.y), coordinate(p.z)));
    }
  });

  // A counting sort, on this thread alone: it is a small part of the work, and in parallel each
  // piece would need a table of all cells. Backwards, so that it turns each cell's end into its
  // start, and equal cells keep the order of the numbers.
  std::fill(starts_.begin(), starts_.end(), 0U);
  for (const std::uint32_t c : cell_of_) ++starts_[c];
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  for (std::size_t i = positions.size(); i-- != 0;) {
    sorted_[--starts_[cell_of_[i]]] = static_cast<std::uint32_t>(i);
  }
}

}  // namespace frame_loop
