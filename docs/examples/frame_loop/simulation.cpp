// SPDX-License-Identifier: MIT OR Apache-2.0
#include "simulation.hpp"

#include <bit>
#include <cmath>
#include <numbers>
#include <random>

namespace frame_loop {
namespace {

/// Stiff springs want short steps: twice as long ones, and the spheres would blow up.
constexpr int steps_per_frame = 2;
constexpr float step_seconds = 1.0F / 60.0F / steps_per_frame;

constexpr float stiffness = 3000.0F;
constexpr float damping = 10.0F;
constexpr float gravity_strength = 30.0F;
constexpr float bounce = 0.3F;  // what a wall leaves of the speed
constexpr double frames_per_turn = 600;

/// Some 20 microseconds each: long against a fork, short against a frame.
constexpr std::size_t grain = 256;

/// The least cube of unit cells that is at most half full.
int side_for(std::size_t particles) {
  int side = 2;
  const auto volume = [&] { return static_cast<std::size_t>(side) * side * side; };
  while (volume() < 2 * particles) ++side;
  return side;
}

/// Keeps one coordinate inside the cube.
void hit_wall(float& x, float& speed, float side) noexcept {
  const float inside = std::clamp(x, 0.0F, side);
  if (inside != x) speed *= -bounce;
  x = inside;
}

}  // namespace

simulation::simulation(std::size_t particles)
    : positions_(particles),
      velocities_(particles),
      forces_(particles),
      neighbours_(particles),
      grid_(side_for(particles)) {
  // A lattice from the floor up, a little untidy: a perfect one would stand for ever. The generator
  // is fixed by the standard; its distributions are not.
  std::mt19937 random(1);
  const auto near_middle = [&] {
    return 0.4F + 0.2F * static_cast<float>(random() >> 8) / 0x1p24F;
  };
  const auto side = static_cast<std::size_t>(grid_.side());
  for (std::size_t i = 0; i != particles; ++i) {
    positions_[i].x = static_cast<float>(i % side) + near_middle();
    positions_[i].y = static_cast<float>(i / side % side) + near_middle();
    positions_[i].z = static_cast<float>(i / side / side) + near_middle();
  }
}

void simulation::advance(engine& on) {
  const double turned = 2 * std::numbers::pi * static_cast<double>(frames_++) / frames_per_turn;
  const vec3 gravity{gravity_strength * static_cast<float>(std::sin(turned)), 0,
                     -gravity_strength * static_cast<float>(std::cos(turned))};
  for (int i = 0; i != steps_per_frame; ++i) {
    grid_.build(on, positions_);
    find_neighbours(on);
    add_forces(on);
    integrate(on, gravity);
  }
}

void simulation::find_neighbours(engine& on) {
  on.for_pieces(positions_.size(), grain, [this](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i != last; ++i) {
      const vec3 here = positions_[i];
      neighbour_list& mine = neighbours_[i];
      std::uint32_t size = 0;
      grid_.for_each_near(here, [&](std::uint32_t other) {
        const vec3 apart = here - positions_[other];
        if (dot(apart, apart) < 1 && other != i && size != most_neighbours) {
          mine.numbers[size++] = other;
        }
      });
      mine.size = size;
    }
  });
}

void simulation::add_forces(engine& on) {
  on.for_pieces(positions_.size(), grain, [this](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i != last; ++i) {
      const neighbour_list& mine = neighbours_[i];
      vec3 sum;
      for (std::uint32_t n = 0; n != mine.size; ++n) {
        const std::uint32_t other = mine.numbers[n];
        const vec3 apart = positions_[i] - positions_[other];
        const float distance = std::sqrt(dot(apart, apart));
        if (distance == 0) continue;  // no direction to push into
        const vec3 away = (1 / distance) * apart;
        const float closing = dot(velocities_[i] - velocities_[other], away);
        sum += (stiffness * (1 - distance) - damping * closing) * away;
      }
      forces_[i] = sum;
    }
  });
}

void simulation::integrate(engine& on, vec3 gravity) {
  const auto side = static_cast<float>(grid_.side());
  on.for_pieces(positions_.size(), grain * 8, [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i != last; ++i) {
      vec3& velocity = velocities_[i];
      vec3& position = positions_[i];
      velocity += step_seconds * (forces_[i] + gravity);
      position += step_seconds * velocity;
      hit_wall(position.x, velocity.x, side);
      hit_wall(position.y, velocity.y, side);
      hit_wall(position.z, velocity.z, side);
    }
  });
}

std::uint64_t simulation::checksum() const noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, a float at a time
  const auto add = [&](float x) {
    hash = (hash ^ std::bit_cast<std::uint32_t>(x)) * 0x100000001b3;
  };
  for (const vec3 p : positions_) {
    add(p.x);
    add(p.y);
    add(p.z);
  }
  return hash;
}

}  // namespace frame_loop
