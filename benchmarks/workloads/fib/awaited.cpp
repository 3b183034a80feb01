// SPDX-License-Identifier: MIT OR Apache-2.0
// fib with micropool's awaited join: every call is a coroutine.
#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "fib.hpp"

namespace bench::fib::in_awaited {
namespace {

namespace mp = micropool;

mp::task<number> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

const engine<work, micropool_host> awaited(rank::micropool, "micropool_awaited",
                                           [](micropool_host& host, work& w) {
                                             return host.pool.sync_wait(fib(w.n));
                                           });

}  // namespace
}  // namespace bench::fib::in_awaited
