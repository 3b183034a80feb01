// SPDX-License-Identifier: MIT OR Apache-2.0
// Items are put side by side by their index, which filtered ones do not have.
// EXPECT: a zip needs sources with one item for each index, which there is not after filter
#include <micropool/iter.hpp>

#include <cstddef>

namespace mp = micropool;

std::size_t number_of() {
  const auto is_odd = [](int i) { return i % 2 != 0; };
#ifdef MISUSE
  return mp::zip_min(mp::par_range(10).filter(is_odd), mp::par_range(10)).count();
#else
  return mp::zip_min(mp::par_range(10).map(is_odd), mp::par_range(10)).count();
#endif
}
