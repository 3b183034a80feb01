// SPDX-License-Identifier: MIT OR Apache-2.0
// Elements are moved out of a container that is given away, which can be done once.
// EXPECT: items_can_be_fetched_again
// EXPECT: moved_elements
#include <micropool/iter.hpp>

#include <utility>
#include <vector>

namespace mp = micropool;

void caller(std::vector<int> v) {
  const auto use = [](int) {};
#ifdef MISUSE
  mp::par_iter(std::move(v)).cycle().take(10).for_each(use);
#else
  mp::par_iter(v).cycle().take(10).for_each(use);
#endif
}
