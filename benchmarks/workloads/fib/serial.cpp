// SPDX-License-Identifier: MIT OR Apache-2.0
// fib as a plain recursive function.
#include "../../support/host_serial.hpp"
#include "../../support/workload.hpp"
#include "fib.hpp"

namespace bench::fib::in_serial {
namespace {

number fib(int n) {
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}

const engine<work, serial_host> serial(rank::reference, "serial",
                                       [](serial_host&, work& w) { return fib(w.n); });

}  // namespace
}  // namespace bench::fib::in_serial
