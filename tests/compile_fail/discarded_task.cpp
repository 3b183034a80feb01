// SPDX-License-Identifier: MIT OR Apache-2.0
// A task that is not awaited does nothing, so dropping one is a mistake.
// EXPECT: (discard|ignoring return value)
// EXPECT: a task does nothing until it is awaited
#include <micropool/micropool.hpp>

namespace mp = micropool;

mp::task<int> answer() { co_return 42; }

mp::task<> caller() {
#ifdef MISUSE
  answer();
  co_return;
#else
  co_await answer();
#endif
}
