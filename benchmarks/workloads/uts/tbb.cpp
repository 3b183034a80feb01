// SPDX-License-Identifier: MIT OR Apache-2.0
// The tree search with a oneTBB task_group per inner node.
#include <oneapi/tbb/task_group.h>

#include "../../support/host_tbb.hpp"
#include "../../support/workload.hpp"
#include "uts.hpp"

namespace bench::uts::in_tbb {
namespace {

tally walk(const tree& t, const node& at) {
  const int count = children_of(t, at);
  child_tallies children(count);
  if (count != 0) {
    oneapi::tbb::task_group group;
    for (int i = 0; i < count; ++i) {
      group.run([&t, child = child_of(at, i), &answer = children[i]] { answer = walk(t, child); });
    }
    group.wait();
  }
  return children.sum(at);
}

const engine<work, tbb_host> tbb(rank::peer, "tbb", [](tbb_host& host, work& w) {
  return host.arena.execute([&w] { return walk(w.shape, root_of(w.shape)); });
});

}  // namespace
}  // namespace bench::uts::in_tbb
