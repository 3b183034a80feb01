// SPDX-License-Identifier: MIT OR Apache-2.0
// n queens as a plain recursive function.
#include "../../support/host_serial.hpp"
#include "../../support/workload.hpp"
#include "nqueens.hpp"

namespace bench::nqueens::in_serial {
namespace {

number solve(const board& queens, int row, int n) {
  if (row == n) return 1;
  number sum = 0;
  for (int column = 0; column < n; ++column) {
    if (safe(queens, row, column)) sum += solve(placed(queens, row, column), row + 1, n);
  }
  return sum;
}

const engine<work, serial_host> serial(rank::reference, "serial", [](serial_host&, work& w) {
  return solve(board{}, 0, w.n);
});

}  // namespace
}  // namespace bench::nqueens::in_serial
