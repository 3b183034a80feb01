// SPDX-License-Identifier: MIT OR Apache-2.0
// The global pool: the one that free functions use outside any install(). A program of its own
// because its options can be set only once, and only before its first use.
#include <micropool/micropool.hpp>

#include "check.hpp"

namespace mp = micropool;

// [snippet: init]
int main() {
  mp::init_global_pool({.num_threads = 2});  // optional, and before the first use
  check(mp::num_threads() == 2);
  auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
  check(a + b == 3);
  try {
    mp::init_global_pool({.num_threads = 3});
  } catch (const mp::pool_already_started&) {
    return 0;
  }
  return 1;
}
// [end]
