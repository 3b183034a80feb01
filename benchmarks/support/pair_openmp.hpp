// SPDX-License-Identifier: MIT OR Apache-2.0
// Two calls in parallel through OpenMP sections. For files compiled with OpenMP.
#pragma once

#include <concepts>

#include "host_openmp.hpp"

namespace bench {

struct openmp_pair : openmp_host {
  using openmp_host::openmp_host;

  template <std::invocable F, std::invocable G>
  void join(F&& f, G&& g) const {
#pragma omp parallel sections num_threads(threads)
    {
#pragma omp section
      f();
#pragma omp section
      g();
    }
  }
};

}  // namespace bench
