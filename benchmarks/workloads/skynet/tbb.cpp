// SPDX-License-Identifier: MIT OR Apache-2.0
// skynet with a oneTBB task_group per node; the last child runs in the parent.
#include <oneapi/tbb/task_group.h>

#include <array>
#include <numeric>

#include "../../support/host_tbb.hpp"
#include "../../support/workload.hpp"
#include "skynet.hpp"

namespace bench::skynet::in_tbb {
namespace {

number node(number first, number leaves) {
  if (leaves == 1) return first;
  const number part = leaves / children;
  std::array<number, children> sums{};
  oneapi::tbb::task_group group;
  for (int i = 0; i < children - 1; ++i) {
    group.run([&sum = sums[static_cast<std::size_t>(i)], first, part, i] {
      sum = node(first + i * part, part);
    });
  }
  sums.back() = node(first + (children - 1) * part, part);
  group.wait();
  return std::accumulate(sums.begin(), sums.end(), number{0});
}

const engine<work, tbb_host> tbb(rank::peer, "tbb", [](tbb_host& host, work& w) {
  return host.arena.execute([&w] { return node(0, w.leaves); });
});

}  // namespace
}  // namespace bench::skynet::in_tbb
