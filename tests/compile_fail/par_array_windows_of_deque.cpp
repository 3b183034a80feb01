// SPDX-License-Identifier: MIT OR Apache-2.0
// A window of a fixed size is one array.
// EXPECT: par_array_windows needs a contiguous range, whose elements are one array; see par_windows
#include <micropool/iter.hpp>

#include <cstddef>
#include <deque>

namespace mp = micropool;

std::size_t number_of(const std::deque<int>& d) {
#ifdef MISUSE
  return mp::par_array_windows<3>(d).count();
#else
  return mp::par_windows(d, 3).count();
#endif
}
