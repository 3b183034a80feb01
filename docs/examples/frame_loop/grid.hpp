// SPDX-License-Identifier: MIT OR Apache-2.0
// A uniform grid of unit cells over a cube: which particles may touch one at a given place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine.hpp"
#include "vec3.hpp"

namespace frame_loop {

/// Particles sorted by cell, those of one cell by number: the order depends on the positions only.
class grid {
public:
  /// Over the cube [0, side]^3.
  explicit grid(int side);

  int side() const noexcept { return side_; }

  void build(engine& on, std::span<const vec3> positions);

  /// Calls `f(number)` for each particle of the cell around `p` and of those beside it: all that
  /// are nearer than the edge of a cell, and some others.
  template <class F>
  void for_each_near(vec3 p, F&& f) const {
    const int x = coordinate(p.x);
    const int y = coordinate(p.y);
    const int z = coordinate(p.z);
    for (int row_z = std::max(z - 1, 0); row_z <= std::min(z + 1, side_ - 1); ++row_z) {
      for (int row_y = std::max(y - 1, 0); row_y <= std::min(y + 1, side_ - 1); ++row_y) {
        // Cells beside each other in x lie one after the other.
        const std::size_t row = cell(0, row_y, row_z);
        const auto first = starts_[row + static_cast<std::size_t>(std::max(x - 1, 0))];
        const auto last = starts_[row + static_cast<std::size_t>(std::min(x + 1, side_ - 1)) + 1];
        for (std::uint32_t i = first; i != last; ++i) f(sorted_[i]);
      }
    }
  }

private:
  int coordinate(float x) const noexcept {
    return static_cast<int>(std::clamp(x, 0.0F, static_cast<float>(side_ - 1)));
  }
  std::size_t cell(int x, int y, int z) const noexcept {
    return (static_cast<std::size_t>(z) * static_cast<std::size_t>(side_) +
            static_cast<std::size_t>(y)) *
               static_cast<std::size_t>(side_) +
           static_cast<std::size_t>(x);
  }

  int side_;
  std::vector<std::uint32_t> cell_of_;  // by particle
  std::vector<std::uint32_t> starts_;  // by cell, where its particles begin in sorted_; and the end
  std::vector<std::uint32_t> sorted_;  // numbers of particles
};

}  // namespace frame_loop
