// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 11: shutdown loses nothing silently.
#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <optional>
#include <thread>

namespace mp = micropool;
using micropool_test::gate;
using micropool_test::sized;

namespace {
mp::task<> nothing() { co_return; }
}  // namespace

TEST_CASE("promise 11: the destructor runs what is queued before it returns") {
  std::atomic<int> run{0};
  for (int round = 0; round < sized(50, 2); ++round) {
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
  REQUIRE_THROWS_AS(pool.sync_wait(mp::join(mark, nothing())), mp::pool_stopped);
  REQUIRE_FALSE(ran);
}

TEST_CASE("promise 11: shutdown waits for the calls that are under way and for all they fork") {
  for (const std::size_t workers : {0u, 2u}) {
    mp::thread_pool pool({.num_threads = workers});
    gate held;
    std::atomic<bool> returned{false};
    std::atomic<int> early{0};
    std::atomic<int> run{0};
    std::thread caller([&] {
      pool.scope([&](mp::scope_ref s) {
        held.pass();
        for (int i = 0; i < 100; ++i) {
          s.fork([&]() -> mp::task<> {
            co_await mp::yield();
            ++run;
            early += returned ? 1 : 0;
          });
        }
      });
    });
    held.wait_for_arrivals(1);
    std::thread ending([&] {
      pool.shutdown();
      returned = true;
    });
    // From the moment when a new call is refused the pool is on its way to its end.
    const auto refused = [&] {
      try {
        pool.join([] {}, [] {});
      } catch (const mp::pool_stopped&) {
        return true;
      }
      return false;
    };
    while (!refused()) std::this_thread::yield();
    for (int i = 0; i < 10; ++i) std::this_thread::yield();
    held.open();
    caller.join();
    ending.join();
    REQUIRE(run == 100);
    REQUIRE(early == 0);
  }
}
