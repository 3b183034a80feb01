// SPDX-License-Identifier: MIT OR Apache-2.0
// What generates items returns one for each index.
// EXPECT: item_generator
#include <micropool/iter.hpp>

#include <cstddef>

namespace mp = micropool;

std::size_t number_of(std::size_t n) {
#ifdef MISUSE
  return mp::par_generate(n, [](std::size_t) {}).count();
#else
  return mp::par_generate(n, [](std::size_t i) { return i; }).count();
#endif
}
