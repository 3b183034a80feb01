// SPDX-License-Identifier: MIT OR Apache-2.0
// A consumer uses its chain up, so a chain that has a name must be given away.
// EXPECT: a parallel iterator is used up by what is called on it
// EXPECT: as in std::move\(iterator\).sum\(\)
#include <micropool/iter.hpp>

#include <utility>
#include <vector>

namespace mp = micropool;

int total(std::vector<int>& v) {
  auto squares = mp::par_iter(v).map([](int i) { return i * i; });
#ifdef MISUSE
  return squares.sum();
#else
  return std::move(squares).sum();
#endif
}
