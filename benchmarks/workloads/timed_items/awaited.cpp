// SPDX-License-Identifier: MIT OR Apache-2.0
// The items in micropool's parallel iterators, awaited; of nested loops, the inner one by the body
// of the outer one.
#include <micropool/iter.hpp>

#include "../../support/host_micropool.hpp"
#include "engine.hpp"

namespace bench::timed_items::in_awaited {
namespace {

namespace mp = micropool;

struct awaited_loops final : micropool_host, looper {
  using micropool_host::micropool_host;

  void run_all(items& of) override { pool.sync_wait(all(of)); }
  void run_nested(items& of, std::size_t rows) override { pool.sync_wait(nested(of, rows)); }

private:
  static mp::task<> all(items& of) {
    const auto body = [&of](std::size_t i) { of.run(i); };
    co_await mp::par_range(of.size()).async().for_each(body);
  }
  static mp::task<> nested(items& of, std::size_t rows) {
    const std::size_t columns = of.size() / rows;
    const auto body = [&of, columns](std::size_t i) { return row(of, i, columns); };
    co_await mp::par_range(rows).async().for_each(body);
  }
  static mp::task<> row(items& of, std::size_t index, std::size_t columns) {
    const auto body = [&of, first = index * columns](std::size_t i) { of.run(first + i); };
    co_await mp::par_range(columns).async().for_each(body);
  }
};

const registration awaited = engine<awaited_loops>(rank::micropool, "micropool_awaited");

}  // namespace
}  // namespace bench::timed_items::in_awaited
