// SPDX-License-Identifier: MIT OR Apache-2.0
// Elements of a container that is given away are moved out of it.
// EXPECT: par_iter\(x\), where x is
#include <micropool/iter.hpp>

#include <atomic>
#include <cstddef>
#include <utility>
#include <vector>

namespace mp = micropool;

std::size_t number_of(std::vector<std::atomic<int>> counters) {
#ifdef MISUSE
  return mp::par_iter(std::move(counters)).count();
#else
  return mp::par_iter(counters).count();
#endif
}
