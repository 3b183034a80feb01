// SPDX-License-Identifier: MIT OR Apache-2.0
// skynet with micropool's blocking join of ten callables.
#include <tuple>
#include <utility>

#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "skynet.hpp"

namespace bench::skynet::in_blocking {
namespace {

namespace mp = micropool;

number node(number first, number leaves) {
  if (leaves == 1) return first;
  const number part = leaves / children;
  const auto child = [first, part](int i) {
    return [first, part, i] { return node(first + i * part, part); };
  };
  const auto sums = mp::join(child(0), child(1), child(2), child(3), child(4), child(5), child(6),
                             child(7), child(8), child(9));
  return std::apply([](auto... each) { return (each + ...); }, sums);
}

const engine<work, micropool_host> blocking(rank::micropool, "micropool_blocking",
                                            [](micropool_host& host, work& w) {
                                              return host.pool.install(
                                                  [&w] { return node(0, w.leaves); });
                                            });

}  // namespace
}  // namespace bench::skynet::in_blocking
