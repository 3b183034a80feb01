// SPDX-License-Identifier: MIT OR Apache-2.0
// The loops with micropool's parallel iterators, each awaited by a coroutine. The algorithms in
// place only exist as blocking calls.
#include <micropool/iter.hpp>

#include "../../support/host_micropool.hpp"
#include "engine.hpp"

namespace bench::loops::in_awaited {
namespace {

namespace mp = micropool;

struct awaited_loops final : micropool_host, chains {
  using micropool_host::micropool_host;

  number sum(input xs) override { return pool.sync_wait(sum_of(xs)); }
  void add(input a, input b, output to) override { pool.sync_wait(add_to(a, b, to)); }
  std::vector<number> collect(input xs) override { return pool.sync_wait(collected(xs)); }
  void collect_into(input xs, std::vector<number>& to) override {
    pool.sync_wait(collected_into(xs, to));
  }
  const number* find_first(input xs, number wanted) override {
    return pool.sync_wait(first(xs, wanted));
  }

private:
  static mp::task<number> sum_of(input xs) { co_return co_await mp::par_iter(xs).async().sum(); }
  static mp::task<> add_to(input a, input b, output to) {
    const auto add = [](number x, number y, number& z) { z = x + y; };
    co_await mp::zip_eq(a, b, to).async().for_each(add);
  }
  static mp::task<std::vector<number>> collected(input xs) {
    co_return co_await mp::par_iter(xs).async().map(mixed).filter(is_kept).collect<std::vector>();
  }
  static mp::task<> collected_into(input xs, std::vector<number>& to) {
    co_await mp::par_iter(xs).async().map(mixed).filter(is_kept).collect_into(to);
  }
  static mp::task<const number*> first(input xs, number wanted) {
    const auto is_wanted = [wanted](number x) { return x == wanted; };
    const auto found = co_await mp::par_iter(xs).async().find_first(is_wanted);
    co_return found ? &*found : nullptr;
  }
};

const registration awaited = engine<awaited_loops>(rank::micropool, "micropool_awaited");

}  // namespace
}  // namespace bench::loops::in_awaited
