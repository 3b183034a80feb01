// SPDX-License-Identifier: MIT OR Apache-2.0
// Three floats and the few operations that the simulation needs.
#pragma once

#include <cmath>

namespace frame_loop {

struct vec3 {
  float x = 0;
  float y = 0;
  float z = 0;

  vec3& operator+=(vec3 b) noexcept {
    x += b.x;
    y += b.y;
    z += b.z;
    return *this;
  }
};

inline vec3 operator+(vec3 a, vec3 b) noexcept { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline vec3 operator-(vec3 a, vec3 b) noexcept { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline vec3 operator*(float s, vec3 a) noexcept { return {s * a.x, s * a.y, s * a.z}; }
inline float dot(vec3 a, vec3 b) noexcept { return a.x * b.x + a.y * b.y + a.z * b.z; }

}  // namespace frame_loop
