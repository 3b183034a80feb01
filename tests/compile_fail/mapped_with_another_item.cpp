// SPDX-License-Identifier: MIT OR Apache-2.0
// What map calls takes an item of the iterator.
// EXPECT: item_mapping
// EXPECT: item_callable
#include <micropool/iter.hpp>

#include <string>
#include <vector>

namespace mp = micropool;

void caller(const std::vector<std::string>& words) {
  const auto use = [](int) {};
#ifdef MISUSE
  mp::par_iter(words).map([](int x) { return x; }).for_each(use);
#else
  mp::par_iter(words)
      .map([](const std::string& s) { return static_cast<int>(s.size()); })
      .for_each(use);
#endif
}
