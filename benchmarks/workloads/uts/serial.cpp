// SPDX-License-Identifier: MIT OR Apache-2.0
// The tree search as a plain recursive function.
#include "../../support/host_serial.hpp"
#include "../../support/workload.hpp"
#include "uts.hpp"

namespace bench::uts::in_serial {
namespace {

tally walk(const tree& t, const node& at) {
  const int count = children_of(t, at);
  tally total{.nodes = 1, .leaves = count == 0 ? 1 : 0, .depth = at.depth};
  for (int i = 0; i < count; ++i) {
    const tally child = walk(t, child_of(at, i));
    total.nodes += child.nodes;
    total.leaves += child.leaves;
    total.depth = std::max(total.depth, child.depth);
  }
  return total;
}

const engine<work, serial_host> serial(rank::reference, "serial", [](serial_host&, work& w) {
  return walk(w.shape, root_of(w.shape));
});

}  // namespace
}  // namespace bench::uts::in_serial
