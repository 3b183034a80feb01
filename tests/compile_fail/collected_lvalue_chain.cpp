// SPDX-License-Identifier: MIT OR Apache-2.0
// Where a member is given a template or a type, a chain that has a name must be given away as well.
// EXPECT: a parallel iterator is used up by what is called on it
// EXPECT: as in std::move\(iterator\).sum\(\)
#include <micropool/iter.hpp>

#include <utility>
#include <vector>

namespace mp = micropool;

std::vector<int> squares(std::vector<int>& v) {
  auto items = mp::par_iter(v);
#ifdef MISUSE
  return items.collect<std::vector>();
#else
  return std::move(items).collect<std::vector>();
#endif
}
