// SPDX-License-Identifier: MIT OR Apache-2.0
// A source lives in the chain; one that cannot be copied must be given away.
// EXPECT: par_iter\(x\), where x is
#include <micropool/iter.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace mp = micropool;

struct table {
  std::unique_ptr<int[]> entries;
  std::size_t n;
  std::size_t size() const { return n; }
  int fetch(std::size_t i) const { return entries[i]; }
};

int total(table t) {
#ifdef MISUSE
  return mp::par_iter(t).sum();
#else
  return mp::par_iter(std::move(t)).sum();
#endif
}
