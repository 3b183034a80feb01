// SPDX-License-Identifier: MIT OR Apache-2.0
// fib as plain code in one stackful task: its joins are those of the blocking form until a branch
// is stolen; then the task leaves its stack.
#include <micropool/stackful.hpp>

#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "fib.hpp"

namespace bench::fib::in_stackful {
namespace {

namespace mp = micropool;

number fib(int n) {
  if (n < 2) return n;
  auto [a, b] = mp::join([n] { return fib(n - 1); }, [n] { return fib(n - 2); });
  return a + b;
}

const engine<work, micropool_host> stackful(rank::micropool, "micropool_stackful",
                                            [](micropool_host& host, work& w) {
                                              return host.pool.sync_wait(
                                                  mp::stackful([&w] { return fib(w.n); }));
                                            });

}  // namespace
}  // namespace bench::fib::in_stackful
