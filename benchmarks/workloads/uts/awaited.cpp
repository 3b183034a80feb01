// SPDX-License-Identifier: MIT OR Apache-2.0
// The tree search with micropool's awaited scope: one task per node.
#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "uts.hpp"

namespace bench::uts::in_awaited {
namespace {

namespace mp = micropool;

mp::task<> walk(const tree& t, node at, tally& answer) {
  const int count = children_of(t, at);
  child_tallies children(count);
  if (count != 0) {
    co_await mp::scope([&](mp::scope_ref s) -> mp::task<> {
      for (int i = 0; i < count; ++i) s.fork(walk(t, child_of(at, i), children[i]));
      co_return;
    });
  }
  answer = children.sum(at);
}

const engine<work, micropool_host> awaited(rank::micropool, "micropool_awaited",
                                           [](micropool_host& host, work& w) {
                                             tally answer;
                                             host.pool.sync_wait(
                                                 walk(w.shape, root_of(w.shape), answer));
                                             return answer;
                                           });

}  // namespace
}  // namespace bench::uts::in_awaited
