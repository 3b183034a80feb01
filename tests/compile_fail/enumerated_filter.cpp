// SPDX-License-Identifier: MIT OR Apache-2.0
// Nobody knows which item is the n-th behind a filter; number the items in front of it.
// EXPECT: one_item_per_position
// EXPECT: filtered
#include <micropool/iter.hpp>

#include <vector>

namespace mp = micropool;

void caller(const std::vector<int>& v) {
  const auto is_even = [](int x) { return x % 2 == 0; };
  const auto use = [](auto&&...) {};
#ifdef MISUSE
  mp::par_iter(v).filter(is_even).enumerate().for_each(use);
#else
  const auto is_even_behind = [&](std::size_t, int x) { return is_even(x); };
  mp::par_iter(v).enumerate().filter(is_even_behind).for_each(use);
#endif
}
