// SPDX-License-Identifier: MIT OR Apache-2.0
// The tree search with micropool's blocking scope: one child per node.
#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "uts.hpp"

namespace bench::uts::in_blocking {
namespace {

namespace mp = micropool;

tally walk(const tree& t, const node& at) {
  const int count = children_of(t, at);
  child_tallies children(count);
  if (count != 0) {
    mp::scope([&](mp::scope_ref s) {
      for (int i = 0; i < count; ++i) {
        s.fork([&t, child = child_of(at, i), &answer = children[i]] { answer = walk(t, child); });
      }
    });
  }
  return children.sum(at);
}

const engine<work, micropool_host> blocking(rank::micropool, "micropool_blocking",
                                            [](micropool_host& host, work& w) {
                                              return host.pool.install(
                                                  [&w] { return walk(w.shape, root_of(w.shape)); });
                                            });

}  // namespace
}  // namespace bench::uts::in_blocking
