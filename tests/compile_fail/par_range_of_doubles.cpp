// SPDX-License-Identifier: MIT OR Apache-2.0
// par_range counts; the numbers between two doubles cannot be counted.
// EXPECT: counting_number
#include <micropool/iter.hpp>

namespace mp = micropool;

double total() {
#ifdef MISUSE
  return mp::par_range(0.0, 10.0).sum();
#else
  return mp::par_range(0, 10).map([](int i) { return i * 1.0; }).sum();
#endif
}
