// SPDX-License-Identifier: MIT OR Apache-2.0
// fib with OpenMP tasks: one task is created, the other runs as an ordinary call.
#include "../../support/host_openmp.hpp"
#include "../../support/workload.hpp"
#include "fib.hpp"

namespace bench::fib::in_openmp {
namespace {

number fib(int n) {
  if (n < 2) return n;
  number a = 0;
#pragma omp task shared(a) firstprivate(n) default(none)
  a = fib(n - 1);
  const number b = fib(n - 2);
#pragma omp taskwait
  return a + b;
}

const engine<work, openmp_host> openmp(rank::peer, "openmp", [](openmp_host& host, work& w) {
  number answer = 0;
  host.run([&] { answer = fib(w.n); });
  return answer;
});

}  // namespace
}  // namespace bench::fib::in_openmp
