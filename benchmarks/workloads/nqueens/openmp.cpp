// SPDX-License-Identifier: MIT OR Apache-2.0
// n queens with one OpenMP task per safe square.
#include <numeric>

#include "../../support/host_openmp.hpp"
#include "../../support/workload.hpp"
#include "nqueens.hpp"

namespace bench::nqueens::in_openmp {
namespace {

number solve(const board& queens, int row, int n) {
  if (row == n) return 1;
  std::array<number, max_n> sums{};
  for (int column = 0; column < n; ++column) {
    if (!safe(queens, row, column)) continue;
    const board next = placed(queens, row, column);
#pragma omp task shared(sums) firstprivate(next, row, n, column) default(none)
    sums[static_cast<std::size_t>(column)] = solve(next, row + 1, n);
  }
#pragma omp taskwait
  return std::accumulate(sums.begin(), sums.end(), number{0});
}

const engine<work, openmp_host> openmp(rank::peer, "openmp", [](openmp_host& host, work& w) {
  number answer = 0;
  host.run([&] { answer = solve(board{}, 0, w.n); });
  return answer;
});

}  // namespace
}  // namespace bench::nqueens::in_openmp
