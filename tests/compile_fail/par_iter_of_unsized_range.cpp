// SPDX-License-Identifier: MIT OR Apache-2.0
// A loop has to know how many elements there are.
// EXPECT: needs a range that knows its size; say where it ends
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
