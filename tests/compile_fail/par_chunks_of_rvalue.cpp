// SPDX-License-Identifier: MIT OR Apache-2.0
// Pieces refer to a range, so somebody has to keep it.
// EXPECT: pieces refer to a range that somebody else keeps; pass an lvalue or a view
#include <micropool/iter.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace mp = micropool;

std::size_t number_of(std::vector<int> v) {
#ifdef MISUSE
  return mp::par_chunks(std::move(v), 3).count();
#else
  return mp::par_chunks(v, 3).count();
#endif
}
