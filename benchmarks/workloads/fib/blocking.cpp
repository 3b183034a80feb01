// SPDX-License-Identifier: MIT OR Apache-2.0
// fib with micropool's blocking join of plain callables.
#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "fib.hpp"

namespace bench::fib::in_blocking {
namespace {

namespace mp = micropool;

number fib(int n) {
  if (n < 2) return n;
  auto [a, b] = mp::join([n] { return fib(n - 1); }, [n] { return fib(n - 2); });
  return a + b;
}

const engine<work, micropool_host> blocking(rank::micropool, "micropool_blocking",
                                            [](micropool_host& host, work& w) {
                                              return host.pool.install([&w] { return fib(w.n); });
                                            });

}  // namespace
}  // namespace bench::fib::in_blocking
