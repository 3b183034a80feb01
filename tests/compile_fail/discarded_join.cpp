// SPDX-License-Identifier: MIT OR Apache-2.0
// A join of tasks is as lazy as they are, so dropping it is a mistake.
// EXPECT: (discard|ignoring return)
// EXPECT: joined tasks do nothing until the join is awaited
#include <micropool/micropool.hpp>

namespace mp = micropool;

mp::task<int> answer() { co_return 42; }

mp::task<> caller() {
#ifdef MISUSE
  mp::join(answer(), answer());
  co_return;
#else
  co_await mp::join(answer(), answer());
#endif
}
