// SPDX-License-Identifier: MIT OR Apache-2.0
// The tree search with one OpenMP task per node.
#include "../../support/host_openmp.hpp"
#include "../../support/workload.hpp"
#include "uts.hpp"

namespace bench::uts::in_openmp {
namespace {

tally walk(const tree& t, const node& at) {
  const int count = children_of(t, at);
  child_tallies children(count);
  for (int i = 0; i < count; ++i) {
    const node child = child_of(at, i);
#pragma omp task shared(t, children) firstprivate(child, i) default(none)
    children[i] = walk(t, child);
  }
  if (count != 0) {
#pragma omp taskwait
  }
  return children.sum(at);
}

const engine<work, openmp_host> openmp(rank::peer, "openmp", [](openmp_host& host, work& w) {
  tally answer;
  host.run([&] { answer = walk(w.shape, root_of(w.shape)); });
  return answer;
});

}  // namespace
}  // namespace bench::uts::in_openmp
