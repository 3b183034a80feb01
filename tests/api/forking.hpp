// SPDX-License-Identifier: MIT OR Apache-2.0
// What the cases about fork() share.
#pragma once

#include "gate.hpp"

#include <micropool/micropool.hpp>

namespace micropool_test {

inline micropool::task<int> fib(int n) {
  if (n < 2) co_return n;
  const auto [a, b] = co_await micropool::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

// Two branches that meet, so two threads run them.
inline void meet(micropool::thread_pool& pool) {
  countdown both(2);
  pool.join([&] { both.arrive_and_wait(); }, [&] { both.arrive_and_wait(); });
}

inline void detach(micropool::owned_task<void> task) { static_cast<void>(task); }

}  // namespace micropool_test
