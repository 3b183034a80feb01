// SPDX-License-Identifier: MIT OR Apache-2.0
// A chain is used up by what takes it, so it must be given away.
// EXPECT: a parallel iterator is used up by what takes it; write std::move\(iterator\)
#include <micropool/iter.hpp>

#include <utility>

namespace mp = micropool;

int total(int n) {
  auto numbers = mp::par_range(n);
#ifdef MISUSE
  return mp::par_iter(numbers).sum();
#else
  return mp::par_iter(std::move(numbers)).sum();
#endif
}
