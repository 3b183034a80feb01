// SPDX-License-Identifier: MIT OR Apache-2.0
// The items in micropool's parallel iterators, blocking, with the default split.
#include <micropool/iter.hpp>

#include "../../support/host_micropool.hpp"
#include "engine.hpp"

namespace bench::timed_items::in_blocking {
namespace {

namespace mp = micropool;

struct blocking_loops final : micropool_host, looper {
  using micropool_host::micropool_host;

  void run_all(items& of) override {
    pool.install([&of] { mp::par_range(of.size()).for_each([&of](std::size_t i) { of.run(i); }); });
  }
  void run_nested(items& of, std::size_t rows) override {
    const std::size_t columns = of.size() / rows;
    pool.install([&of, rows, columns] {
      mp::par_range(rows).for_each([&of, columns](std::size_t row) {
        mp::par_range(columns).for_each([&](std::size_t i) { of.run(row * columns + i); });
      });
    });
  }
};

const registration blocking = engine<blocking_loops>(rank::micropool, "micropool_blocking");

}  // namespace
}  // namespace bench::timed_items::in_blocking
