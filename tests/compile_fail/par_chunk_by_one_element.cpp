// SPDX-License-Identifier: MIT OR Apache-2.0
// Whether a group goes on is said of two neighbours.
// EXPECT: par_chunk_by needs pred\(previous, next\) -> bool
#include <micropool/iter.hpp>

#include <cstddef>
#include <vector>

namespace mp = micropool;

std::size_t number_of(const std::vector<int>& v) {
#ifdef MISUSE
  return mp::par_chunk_by(v, [](int next) { return next > 0; }).count();
#else
  return mp::par_chunk_by(v, [](int previous, int next) { return next > previous; }).count();
#endif
}
