// SPDX-License-Identifier: MIT OR Apache-2.0
// fib with oneTBB's parallel_invoke, which was measured to be faster here than task_group.
#include <oneapi/tbb/parallel_invoke.h>

#include "../../support/host_tbb.hpp"
#include "../../support/workload.hpp"
#include "fib.hpp"

namespace bench::fib::in_tbb {
namespace {

number fib(int n) {
  if (n < 2) return n;
  number a = 0;
  number b = 0;
  oneapi::tbb::parallel_invoke([&a, n] { a = fib(n - 1); }, [&b, n] { b = fib(n - 2); });
  return a + b;
}

const engine<work, tbb_host> tbb(rank::peer, "tbb", [](tbb_host& host, work& w) {
  return host.arena.execute([&w] { return fib(w.n); });
});

}  // namespace
}  // namespace bench::fib::in_tbb
