// SPDX-License-Identifier: MIT OR Apache-2.0
// The matrix product with oneTBB's parallel_invoke of four products, twice per level.
#include <oneapi/tbb/parallel_invoke.h>

#include "../../support/host_tbb.hpp"
#include "../../support/workload.hpp"
#include "matmul.hpp"

namespace bench::matmul::in_tbb {
namespace {

void multiply(input a, input b, output c) {
  if (c.size <= block) return multiply_block(a, b, c);
  for (std::size_t k = 0; k < 2; ++k) {
    const auto quadrant = [&](std::size_t i) { return [=] { part(a, b, c, k, i, multiply); }; };
    oneapi::tbb::parallel_invoke(quadrant(0), quadrant(1), quadrant(2), quadrant(3));
  }
}

const engine<work, tbb_host> tbb(rank::peer, "tbb", [](tbb_host& host, work& w) {
  host.arena.execute([&w] { multiply(w.a(), w.b(), w.c()); });
  return static_cast<const work*>(&w);
});

}  // namespace
}  // namespace bench::matmul::in_tbb
