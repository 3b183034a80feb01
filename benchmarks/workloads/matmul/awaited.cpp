// SPDX-License-Identifier: MIT OR Apache-2.0
// The matrix product with micropool's awaited join of four tasks, twice per level.
#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "matmul.hpp"

namespace bench::matmul::in_awaited {
namespace {

namespace mp = micropool;

mp::task<> multiply(input a, input b, output c) {
  if (c.size <= block) {
    multiply_block(a, b, c);
    co_return;
  }
  for (std::size_t k = 0; k < 2; ++k) {
    const auto quadrant = [&](std::size_t i) { return part(a, b, c, k, i, multiply); };
    co_await mp::join(quadrant(0), quadrant(1), quadrant(2), quadrant(3));
  }
}

const engine<work, micropool_host> awaited(rank::micropool, "micropool_awaited",
                                           [](micropool_host& host, work& w) {
                                             host.pool.sync_wait(multiply(w.a(), w.b(), w.c()));
                                             return static_cast<const work*>(&w);
                                           });

}  // namespace
}  // namespace bench::matmul::in_awaited
