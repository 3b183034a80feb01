// SPDX-License-Identifier: MIT OR Apache-2.0
// join uses its tasks up as co_await does, so they must be given away.
// EXPECT: a task is consumed by running it; write std::move\(task\)
#include <micropool/micropool.hpp>

#include <utility>

namespace mp = micropool;

mp::task<int> answer() { co_return 42; }

mp::task<> caller() {
  auto t = answer();
#ifdef MISUSE
  co_await mp::join(t, answer());
#else
  co_await mp::join(std::move(t), answer());
#endif
}
