// SPDX-License-Identifier: MIT OR Apache-2.0
// Soft spheres of diameter 1 in a cube that is turned over slowly. Knows nothing of time on a
// clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine.hpp"
#include "grid.hpp"
#include "vec3.hpp"

namespace frame_loop {

/// The same number of particles and frames gives the same bits on every engine and any number of
/// threads: within a pass, what is computed for a particle depends on the passes before it only, is
/// written to that particle only, and adds up its neighbours in the order of the grid.
class simulation {
public:
  explicit simulation(std::size_t particles);

  /// One frame: a sixtieth of a second of simulated time.
  void advance(engine& on);

  /// Over the bits of all positions, in the order of the particles' numbers.
  std::uint64_t checksum() const noexcept;

private:
  /// Twelve equal spheres at most touch another one; soft ones that overlap, a few more. The rest
  /// would be left out, the same ones on every engine.
  static constexpr std::size_t most_neighbours = 31;
  struct neighbour_list {
    std::uint32_t size = 0;
    std::array<std::uint32_t, most_neighbours> numbers{};
  };

  void find_neighbours(engine& on);
  void add_forces(engine& on);
  void integrate(engine& on, vec3 gravity);

  std::uint64_t frames_ = 0;
  std::vector<vec3> positions_;
  std::vector<vec3> velocities_;
  std::vector<vec3> forces_;  // on a mass of 1
  std::vector<neighbour_list> neighbours_;
  grid grid_;
};

}  // namespace frame_loop
