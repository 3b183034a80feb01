// SPDX-License-Identifier: MIT OR Apache-2.0
// What can be read only once, in order, cannot be iterated over: it has to be copied first.
// EXPECT: par_iter\(x\), where x is
// others yield into a std::vector
#include <micropool/iter.hpp>

#include <istream>
#include <iterator>
#include <ranges>
#include <vector>

namespace mp = micropool;

int total(std::istream& in) {
#ifdef MISUSE
  return mp::par_iter(std::ranges::istream_view<int>(in)).sum();
#else
  return mp::par_iter(std::vector<int>(std::istream_iterator<int>(in), {})).sum();
#endif
}
