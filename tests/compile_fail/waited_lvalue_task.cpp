// SPDX-License-Identifier: MIT OR Apache-2.0
// sync_wait uses its task up as co_await does, so it must be given away.
// EXPECT: a task is consumed by running it; write std::move\(task\)
#include <micropool/micropool.hpp>

#include <utility>

namespace mp = micropool;

mp::task<int> answer() { co_return 42; }

int caller() {
  auto t = answer();
#ifdef MISUSE
  return mp::sync_wait(t);
#else
  return mp::sync_wait(std::move(t));
#endif
}
