// SPDX-License-Identifier: MIT OR Apache-2.0
// The items in OpenMP's work-sharing, with its default schedule, and with the dynamic one where
// items differ. The inner region of nested loops is of one thread, by OpenMP's default.
#include "../../support/host_openmp.hpp"
#include "engine.hpp"

namespace bench::timed_items::in_openmp {
namespace {

struct openmp_loops final : openmp_host, looper {
  using openmp_host::openmp_host;

  void run_all(items& of) override {
#pragma omp parallel for num_threads(threads)
    for (std::size_t i = 0; i < of.size(); ++i) of.run(i);
  }
  void run_uneven(items& of) override {
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (std::size_t i = 0; i < of.size(); ++i) of.run(i);
  }
  void run_nested(items& of, std::size_t rows) override {
    const std::size_t columns = of.size() / rows;
#pragma omp parallel for num_threads(threads)
    for (std::size_t row = 0; row < rows; ++row) {
#pragma omp parallel for num_threads(threads)
      for (std::size_t i = 0; i < columns; ++i) of.run(row * columns + i);
    }
  }
};

const registration openmp = engine<openmp_loops>(rank::peer, "openmp");

}  // namespace
}  // namespace bench::timed_items::in_openmp
