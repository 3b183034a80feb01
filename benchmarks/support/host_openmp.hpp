// SPDX-License-Identifier: MIT OR Apache-2.0
// An OpenMP team of `participants` threads, the caller included. For files compiled with OpenMP.
#pragma once

#include <omp.h>

namespace bench {

struct openmp_host {
  static constexpr bool parallel = true;

  explicit openmp_host(int participants) noexcept : threads(participants) {}
  openmp_host(const openmp_host&) = delete;
  openmp_host& operator=(const openmp_host&) = delete;

  // Gives the team's threads back: a runtime may let them spin for 200 ms after a region, which
  // would be charged to the engine measured next.
  ~openmp_host() { omp_pause_resource_all(omp_pause_hard); }

  // Runs `root` as the first task of a team; a forked task may run on any thread of the team.
  template <class Root>
  void run(const Root& root) const {
#pragma omp parallel num_threads(threads)
#pragma omp single
    root();
  }

  int threads;
};

}  // namespace bench
