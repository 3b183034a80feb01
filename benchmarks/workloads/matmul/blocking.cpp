// SPDX-License-Identifier: MIT OR Apache-2.0
// The matrix product with micropool's blocking join of four callables, twice per level.
#include "../../support/host_micropool.hpp"
#include "../../support/workload.hpp"
#include "matmul.hpp"

namespace bench::matmul::in_blocking {
namespace {

namespace mp = micropool;

void multiply(input a, input b, output c) {
  if (c.size <= block) return multiply_block(a, b, c);
  for (std::size_t k = 0; k < 2; ++k) {
    const auto quadrant = [&](std::size_t i) { return [=] { part(a, b, c, k, i, multiply); }; };
    mp::join(quadrant(0), quadrant(1), quadrant(2), quadrant(3));
  }
}

const engine<work, micropool_host> blocking(rank::micropool, "micropool_blocking",
                                            [](micropool_host& host, work& w) {
                                              host.pool.install(
                                                  [&w] { multiply(w.a(), w.b(), w.c()); });
                                              return static_cast<const work*>(&w);
                                            });

}  // namespace
}  // namespace bench::matmul::in_blocking
