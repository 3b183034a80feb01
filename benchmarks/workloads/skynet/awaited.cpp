// SPDX-License-Identifier: MIT OR Apache-2.0
// skynet with micropool's awaited join of ten tasks.
#include <tuple>
#include <utility>

#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "skynet.hpp"

namespace bench::skynet::in_awaited {
namespace {

namespace mp = micropool;

mp::task<number> node(number first, number leaves) {
  if (leaves == 1) co_return first;
  const number part = leaves / children;
  const auto child = [&](int i) { return node(first + i * part, part); };
  const auto sums = co_await mp::join(child(0), child(1), child(2), child(3), child(4), child(5),
                                      child(6), child(7), child(8), child(9));
  co_return std::apply([](auto... each) { return (each + ...); }, sums);
}

const engine<work, micropool_host> awaited(rank::micropool, "micropool_awaited",
                                           [](micropool_host& host, work& w) {
                                             return host.pool.sync_wait(node(0, w.leaves));
                                           });

}  // namespace
}  // namespace bench::skynet::in_awaited
