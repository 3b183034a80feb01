// SPDX-License-Identifier: MIT OR Apache-2.0
// Awaiting uses a task up, so it must be given away: co_await std::move(t).
// EXPECT: a task is consumed by awaiting it; write co_await std::move\(task\)
#include <micropool/micropool.hpp>

#include <utility>

namespace mp = micropool;

mp::task<int> answer() { co_return 42; }

mp::task<int> caller() {
  auto t = answer();
#ifdef MISUSE
  co_return co_await t;
#else
  co_return co_await std::move(t);
#endif
}
