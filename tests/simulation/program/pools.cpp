// SPDX-License-Identifier: MIT OR Apache-2.0
// Whole pools, from their start to their end, on simulated threads.
#include "../simulate.hpp"

#include <micropool/micropool.hpp>

using namespace micropool_test;
namespace mp = micropool;

namespace {

mp::task<int> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}
int blocking_fib(int n) {
  if (n < 2) return n;
  auto [a, b] = mp::join([n] { return blocking_fib(n - 1); }, [n] { return blocking_fib(n - 2); });
  return a + b;
}
mp::pool_options workers(std::size_t n) {
  return {.num_threads = n, .idle_spin = std::chrono::nanoseconds(0)};
}

}  // namespace

TEST_CASE("a blocking join on a pool of three workers") {
  simulate({.executions = 2'000}, [] {
    mp::thread_pool pool(workers(3));
    simulation::check(pool.install([] { return blocking_fib(4); }) == 3, "fib(4)");
  });
}

TEST_CASE("an awaited join on a pool of two workers") {
  simulate({.executions = 2'000}, [] {
    mp::thread_pool pool(workers(2));
    simulation::check(pool.sync_wait(fib(4)) == 3, "fib(4)");
  });
}
