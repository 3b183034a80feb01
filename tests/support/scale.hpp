// SPDX-License-Identifier: MIT OR Apache-2.0
// How much a test repeats itself: once in the quick setup, MICROPOOL_TEST_SCALE times in others.
#pragma once

#include "env.hpp"

#include <cstddef>

namespace micropool_test {

inline std::size_t scaled(std::size_t quick_count) {
  static const std::size_t factor = env_number("MICROPOOL_TEST_SCALE").value_or(1);
  return quick_count * factor;
}

}  // namespace micropool_test
