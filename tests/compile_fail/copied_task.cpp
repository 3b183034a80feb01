// SPDX-License-Identifier: MIT OR Apache-2.0
// A coroutine has one owner: tasks move, they do not copy.
// EXPECT: (deleted function|deleted constructor|implicitly deleted)
// EXPECT: task<int>
#include <micropool/micropool.hpp>

#include <utility>

namespace mp = micropool;

mp::task<int> answer() { co_return 42; }

mp::task<int> caller() {
  auto first = answer();
#ifdef MISUSE
  auto second = first;
#else
  auto second = std::move(first);
#endif
  co_return co_await std::move(second);
}
