// SPDX-License-Identifier: MIT OR Apache-2.0
// Awaiting an owned task takes its result away, so the handle must be given away.
// EXPECT: (co_await needs an awaitable|write co_await std::move)
// EXPECT: owned_task<int>
#include <micropool/micropool.hpp>

#include <utility>

namespace mp = micropool;

mp::task<int> caller(mp::owned_task<int> t) {
#ifdef MISUSE
  co_return co_await t;
#else
  co_return co_await std::move(t);
#endif
}
