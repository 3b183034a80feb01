// SPDX-License-Identifier: MIT OR Apache-2.0
// Threads that write different bits of a std::vector<bool> write the same words.
// EXPECT: threads cannot write neighbouring bits of a std::vector<bool>; pass std::as_const\(bits\)
#include <micropool/iter.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace mp = micropool;

std::size_t number_of(std::vector<bool>& bits) {
#ifdef MISUSE
  return mp::par_iter(bits).count();
#else
  return mp::par_iter(std::as_const(bits)).count();
#endif
}
