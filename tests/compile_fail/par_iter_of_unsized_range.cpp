// SPDX-License-Identifier: MIT OR Apache-2.0
// A loop has to know how many elements there are.
// EXPECT: par_iter\(x\), where x is a random-access range that knows its size
#include <micropool/iter.hpp>

#include <ranges>

namespace mp = micropool;

int total() {
#ifdef MISUSE
  return mp::par_iter(std::views::iota(0)).sum();
#else
  return mp::par_iter(std::views::iota(0, 10)).sum();
#endif
}
