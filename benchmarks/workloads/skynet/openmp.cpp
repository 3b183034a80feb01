// SPDX-License-Identifier: MIT OR Apache-2.0
// skynet with OpenMP tasks; the last child runs in the parent.
#include <array>
#include <cstddef>
#include <numeric>

#include "../../support/host_openmp.hpp"
#include "../../support/workload.hpp"
#include "skynet.hpp"

namespace bench::skynet::in_openmp {
namespace {

number node(number first, number leaves) {
  if (leaves == 1) return first;
  const number part = leaves / children;
  std::array<number, children> sums{};
  for (int i = 0; i < children - 1; ++i) {
#pragma omp task shared(sums) firstprivate(first, part, i) default(none)
    sums[static_cast<std::size_t>(i)] = node(first + i * part, part);
  }
  sums.back() = node(first + (children - 1) * part, part);
#pragma omp taskwait
  return std::accumulate(sums.begin(), sums.end(), number{0});
}

const engine<work, openmp_host> openmp(rank::peer, "openmp", [](openmp_host& host, work& w) {
  number answer = 0;
  host.run([&] { answer = node(0, w.leaves); });
  return answer;
});

}  // namespace
}  // namespace bench::skynet::in_openmp
