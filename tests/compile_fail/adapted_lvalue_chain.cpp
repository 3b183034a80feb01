// SPDX-License-Identifier: MIT OR Apache-2.0
// An adaptor takes its chain over, so a chain that has a name must be given away.
// EXPECT: a parallel iterator is used up by what is called on it
// EXPECT: as in std::move\(iterator\).sum\(\)
#include <micropool/iter.hpp>

#include <utility>
#include <vector>

namespace mp = micropool;

int total(std::vector<int>& v) {
  auto items = mp::par_iter(v);
  const auto square = [](int i) { return i * i; };
#ifdef MISUSE
  auto squares = items.map(square);
#else
  auto squares = std::move(items).map(square);
#endif
  return std::move(squares).sum();
}
