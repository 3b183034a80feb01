// SPDX-License-Identifier: MIT OR Apache-2.0
// The loops with micropool's parallel iterators and algorithms, blocking, with the default split.
#include <micropool/iter.hpp>

#include "../../support/host_micropool.hpp"
#include "engine.hpp"

namespace bench::loops::in_blocking {
namespace {

namespace mp = micropool;

struct blocking_loops final : micropool_host, chains, algorithms {
  using micropool_host::micropool_host;

  number sum(input xs) override {
    return pool.install([xs] { return mp::par_iter(xs).sum(); });
  }
  void add(input a, input b, output to) override {
    pool.install(
        [=] { mp::zip_eq(a, b, to).for_each([](number x, number y, number& z) { z = x + y; }); });
  }
  std::vector<number> collect(input xs) override {
    return pool.install(
        [xs] { return mp::par_iter(xs).map(mixed).filter(is_kept).collect<std::vector>(); });
  }
  void collect_into(input xs, std::vector<number>& to) override {
    pool.install([&] { mp::par_iter(xs).map(mixed).filter(is_kept).collect_into(to); });
  }
  const number* find_first(input xs, number wanted) override {
    return pool.install([=] {
      const auto found = mp::par_iter(xs).find_first([=](number x) { return x == wanted; });
      return found ? &*found : nullptr;
    });
  }
  void sort(output xs) override {
    pool.install([xs] { mp::par_sort(xs); });
  }
  void scan(input xs, output to) override {
    pool.install([=] { mp::par_inclusive_scan(xs, to); });
  }
};

const registration blocking = engine<blocking_loops>(rank::micropool, "micropool_blocking");

}  // namespace
}  // namespace bench::loops::in_blocking
