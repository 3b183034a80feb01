// SPDX-License-Identifier: MIT OR Apache-2.0
// A setting does not change a chain in place.
// EXPECT: a parallel iterator is used up by what is called on it
// EXPECT: as in std::move\(iterator\).sum\(\)
#include <micropool/iter.hpp>

#include <utility>
#include <vector>

namespace mp = micropool;

int total(std::vector<int>& v) {
  auto items = mp::par_iter(v);
#ifdef MISUSE
  auto few = items.with(mp::split_by(2));
#else
  auto few = std::move(items).with(mp::split_by(2));
#endif
  return std::move(few).sum();
}
