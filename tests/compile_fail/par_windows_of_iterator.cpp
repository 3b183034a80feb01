// SPDX-License-Identifier: MIT OR Apache-2.0
// Pieces are cut from ranges: items of a chain are nowhere that a piece could refer to.
// EXPECT: pieces are cut from a range; the items of a parallel iterator are put together with
// chunks\(n\)
#include <micropool/iter.hpp>

#include <cstddef>
#include <ranges>

namespace mp = micropool;

std::size_t number_of() {
#ifdef MISUSE
  return mp::par_windows(mp::par_range(10), 3).count();
#else
  return mp::par_windows(std::views::iota(0, 10), 3).count();
#endif
}
