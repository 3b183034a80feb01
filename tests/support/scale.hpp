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

// How many of something a case makes: `full`, or `simulated` on the simulated machine, where a step
// takes a thousand times as long.
template <class T>
constexpr T sized([[maybe_unused]] T full, [[maybe_unused]] T simulated) {
#if defined(MICROPOOL_SIMULATED)
  return simulated;
#else
  return full;
#endif
}

}  // namespace micropool_test
