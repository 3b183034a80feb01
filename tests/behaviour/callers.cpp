// SPDX-License-Identifier: MIT OR Apache-2.0
// Promises 1 and 2: the thread that makes a call works on it, whatever the workers do.
#include "foreign.hpp"
#include "place.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <thread>
#include <vector>

namespace mp = micropool;
using micropool_test::busy_workers;
using micropool_test::countdown;

namespace {

mp::task<long> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

long blocking_fib(int n) {
  if (n < 2) return n;
  auto [a, b] = mp::join([&] { return blocking_fib(n - 1); }, [&] { return blocking_fib(n - 2); });
  return a + b;
}

}  // namespace

TEST_CASE("promise 1: with zero workers the caller does everything itself") {
  mp::thread_pool pool({.num_threads = 0});
  const auto me = std::this_thread::get_id();
  std::atomic<int> elsewhere{0};
  const auto look = [&] { elsewhere += std::this_thread::get_id() != me; };
  pool.join(look, look, [&] { pool.join(look, look); });
  pool.scope([&](mp::scope_ref s) {
    for (int i = 0; i < 100; ++i) s.fork(look);
  });
  REQUIRE(pool.sync_wait(fib(15)) == 610);
  REQUIRE(pool.install([] { return blocking_fib(15); }) == 610);
  REQUIRE(elsewhere == 0);
}

TEST_CASE("promise 1: a caller that waits for a stolen branch helps with what that branch forks") {
  mp::thread_pool pool({.num_threads = 1});
  const auto me = std::this_thread::get_id();
  std::atomic<bool> stolen{false};
  std::atomic<int> by_caller{0};
  pool.join(
      [&] {
        while (!stolen) std::this_thread::yield();
      },
      [&] {
        stolen = true;
        // Both halves are needed at the same time, and only the blocked caller is left.
        countdown both(2);
        const auto meet = [&] {
          by_caller += std::this_thread::get_id() == me;
          both.arrive_and_wait();
        };
        mp::join(meet, meet);
      });
  REQUIRE(by_caller == 1);
}

TEST_CASE("promise 2: calls from outside end while every worker is stuck in another's call") {
  mp::thread_pool pool({.num_threads = 2});
  busy_workers stuck(pool);  // until the end of the test

  REQUIRE(pool.install([] { return blocking_fib(12); }) == 144);
  REQUIRE(pool.sync_wait(fib(12)) == 144);
  std::atomic<int> children{0};
  pool.scope([&](mp::scope_ref s) {
    for (int i = 0; i < 50; ++i) {
      s.fork([&, s] {
        ++children;
        s.fork([&] { ++children; });
      });
    }
  });
  REQUIRE(children == 100);
}

TEST_CASE(
    "promise 2: a coroutine that a foreign thread resumes goes on while every worker is stuck") {
  mp::thread_pool pool({.num_threads = 2});
  busy_workers stuck(pool);
  for (int round = 0; round < 20; ++round) {
    micropool_test::event happened;
    std::thread elsewhere([&] {
      happened.wait_for_waiter();
      happened.fire();
    });
    const auto waiting = [](micropool_test::event& e) -> mp::task<int> {
      co_await e;
      auto [a, b] = co_await mp::join([] { return 1; }, fib(5));
      co_return a + static_cast<int>(b);
    };
    REQUIRE(pool.sync_wait(waiting(happened)) == 6);
    elsewhere.join();
  }
}

TEST_CASE("promise 2: more joins may be live at once than there are threads or slots of any kind") {
  mp::thread_pool pool({.num_threads = 1});
  std::vector<std::thread> callers;
  countdown everybody(100);
  for (int i = 0; i < 100; ++i) {
    callers.emplace_back([&] { pool.join([&] { everybody.arrive_and_wait(); }, [] {}); });
  }
  for (auto& t : callers) t.join();
  SUCCEED("all of them met inside their calls");
}
