// SPDX-License-Identifier: MIT OR Apache-2.0
// n queens with micropool's awaited scope: one task per safe square.
#include <numeric>

#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "nqueens.hpp"

namespace bench::nqueens::in_awaited {
namespace {

namespace mp = micropool;

mp::task<> solve(board queens, int row, int n, number& answer) {
  if (row == n) {
    answer = 1;
    co_return;
  }
  std::array<number, max_n> sums{};
  co_await mp::scope([&](mp::scope_ref s) -> mp::task<> {
    for (int column = 0; column < n; ++column) {
      if (!safe(queens, row, column)) continue;
      s.fork(
          solve(placed(queens, row, column), row + 1, n, sums[static_cast<std::size_t>(column)]));
    }
    co_return;
  });
  answer = std::accumulate(sums.begin(), sums.end(), number{0});
}

const engine<work, micropool_host> awaited(rank::micropool, "micropool_awaited",
                                           [](micropool_host& host, work& w) {
                                             number answer = 0;
                                             host.pool.sync_wait(solve(board{}, 0, w.n, answer));
                                             return answer;
                                           });

}  // namespace
}  // namespace bench::nqueens::in_awaited
