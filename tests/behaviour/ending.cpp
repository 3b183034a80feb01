// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 11: shutdown loses nothing silently.
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <optional>

namespace mp = micropool;

namespace {
mp::task<> nothing() { co_return; }
}  // namespace

TEST_CASE("promise 11: the destructor runs what is queued before it returns") {
  std::atomic<int> run{0};
  for (int round = 0; round < 50; ++round) {
    std::optional<mp::thread_pool> pool(std::in_place, mp::pool_options{.num_threads = 2});
    pool->scope([&](mp::scope_ref s) {
      for (int i = 0; i < 100; ++i) s.fork([&] { ++run; });
    });
    pool.reset();
    REQUIRE(run == 100 * (round + 1));
  }
}

TEST_CASE("promise 11: calls on a pool that has shut down say so and run nothing") {
  mp::thread_pool pool({.num_threads = 1});
  pool.shutdown();
  bool ran = false;
  const auto mark = [&] { ran = true; };
  REQUIRE_THROWS_AS(pool.join(mark, mark), mp::pool_stopped);
  REQUIRE_THROWS_AS(pool.scope([&](mp::scope_ref s) { s.fork(mark); }), mp::pool_stopped);
  REQUIRE_THROWS_AS(pool.sync_wait(mp::join(mark, nothing())),
                    mp::pool_stopped);
  REQUIRE_FALSE(ran);
}
