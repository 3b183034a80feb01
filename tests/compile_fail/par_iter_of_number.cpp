// SPDX-License-Identifier: MIT OR Apache-2.0
// A number is no range; par_range makes one of it.
// EXPECT: needs a range, a parallel iterator, or a source with size\(\) and fetch\(index\)
#include <micropool/iter.hpp>

namespace mp = micropool;

int total(int n) {
#ifdef MISUSE
  return mp::par_iter(n).sum();
#else
  return mp::par_range(n).sum();
#endif
}
