// SPDX-License-Identifier: MIT OR Apache-2.0
// What promise 9 counts.
#pragma once

#include "allocation_counter.hpp"

#include <cstdint>

namespace micropool_test {

// What f allocates when it is called `times` times, after `warm_up` calls.
template <class F>
std::uint64_t allocations_of_warm(F&& f, int warm_up = 1, int times = 100) {
  for (int i = 0; i < warm_up; ++i) f();
  const allocation_count during;
  for (int i = 0; i < times; ++i) f();
  return during.so_far();
}

}  // namespace micropool_test
