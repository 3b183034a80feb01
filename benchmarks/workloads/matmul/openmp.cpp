// SPDX-License-Identifier: MIT OR Apache-2.0
// The matrix product with four OpenMP tasks, twice per level.
#include "../../support/host_openmp.hpp"
#include "../../support/workload.hpp"
#include "matmul.hpp"

namespace bench::matmul::in_openmp {
namespace {

void multiply(input a, input b, output c) {
  if (c.size <= block) return multiply_block(a, b, c);
  for (std::size_t k = 0; k < 2; ++k) {
    for (std::size_t i = 0; i < 4; ++i) {
#pragma omp task firstprivate(a, b, c, k, i) default(none)
      part(a, b, c, k, i, multiply);
    }
#pragma omp taskwait
  }
}

const engine<work, openmp_host> openmp(rank::peer, "openmp", [](openmp_host& host, work& w) {
  host.run([&w] { multiply(w.a(), w.b(), w.c()); });
  return static_cast<const work*>(&w);
});

}  // namespace
}  // namespace bench::matmul::in_openmp
