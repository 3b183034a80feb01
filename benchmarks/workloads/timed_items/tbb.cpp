// SPDX-License-Identifier: MIT OR Apache-2.0
// The items in oneTBB's parallel_for, with its default partitioner.
#include <oneapi/tbb/parallel_for.h>

#include "../../support/host_tbb.hpp"
#include "engine.hpp"

namespace bench::timed_items::in_tbb {
namespace {

using oneapi::tbb::parallel_for;

struct tbb_loops final : tbb_host, looper {
  using tbb_host::tbb_host;

  void run_all(items& of) override {
    arena.execute(
        [&] { parallel_for(std::size_t{0}, of.size(), [&](std::size_t i) { of.run(i); }); });
  }
  void run_nested(items& of, std::size_t rows) override {
    const std::size_t columns = of.size() / rows;
    arena.execute([&] {
      parallel_for(std::size_t{0}, rows, [&](std::size_t row) {
        parallel_for(std::size_t{0}, columns, [&](std::size_t i) { of.run(row * columns + i); });
      });
    });
  }
};

const registration with_tbb = engine<tbb_loops>(rank::peer, "tbb");

}  // namespace
}  // namespace bench::timed_items::in_tbb
