// SPDX-License-Identifier: MIT OR Apache-2.0
// n queens with micropool's blocking scope: one child per safe square.
#include <numeric>

#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "nqueens.hpp"

namespace bench::nqueens::in_blocking {
namespace {

namespace mp = micropool;

number solve(const board& queens, int row, int n) {
  if (row == n) return 1;
  std::array<number, max_n> sums{};
  mp::scope([&](mp::scope_ref s) {
    for (int column = 0; column < n; ++column) {
      if (!safe(queens, row, column)) continue;
      s.fork([next = placed(queens, row, column), row, n,
              &sum = sums[static_cast<std::size_t>(column)]] { sum = solve(next, row + 1, n); });
    }
  });
  return std::accumulate(sums.begin(), sums.end(), number{0});
}

const engine<work, micropool_host> blocking(rank::micropool, "micropool_blocking",
                                            [](micropool_host& host, work& w) {
                                              return host.pool.install(
                                                  [&w] { return solve(board{}, 0, w.n); });
                                            });

}  // namespace
}  // namespace bench::nqueens::in_blocking
