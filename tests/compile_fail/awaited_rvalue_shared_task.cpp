// SPDX-License-Identifier: MIT OR Apache-2.0
// What awaiting a shared task yields lives in the task, which would go with a temporary handle.
// EXPECT: (co_await needs an awaitable|deleted function)
// EXPECT: shared_task<int>
#include <micropool/micropool.hpp>

namespace mp = micropool;

mp::task<int> caller() {
#ifdef MISUSE
  co_return co_await mp::spawn_shared([] { return 42; });
#else
  const auto t = mp::spawn_shared([] { return 42; });
  co_return co_await t;
#endif
}
