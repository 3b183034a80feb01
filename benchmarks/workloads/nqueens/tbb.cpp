// SPDX-License-Identifier: MIT OR Apache-2.0
// n queens with a oneTBB task_group per node.
#include <oneapi/tbb/task_group.h>

#include <numeric>

#include "../../support/host_tbb.hpp"
#include "../../support/workload.hpp"
#include "nqueens.hpp"

namespace bench::nqueens::in_tbb {
namespace {

number solve(const board& queens, int row, int n) {
  if (row == n) return 1;
  std::array<number, max_n> sums{};
  oneapi::tbb::task_group group;
  for (int column = 0; column < n; ++column) {
    if (!safe(queens, row, column)) continue;
    group.run([next = placed(queens, row, column), row, n,
               &sum = sums[static_cast<std::size_t>(column)]] { sum = solve(next, row + 1, n); });
  }
  group.wait();
  return std::accumulate(sums.begin(), sums.end(), number{0});
}

const engine<work, tbb_host> tbb(rank::peer, "tbb", [](tbb_host& host, work& w) {
  return host.arena.execute([&w] { return solve(board{}, 0, w.n); });
});

}  // namespace
}  // namespace bench::nqueens::in_tbb
