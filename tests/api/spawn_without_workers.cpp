// SPDX-License-Identifier: MIT OR Apache-2.0
// A pool without workers: a background task runs when it is joined, helped or awaited, and at
// the latest when the pool ends.
#include "catch.hpp"
#include "ended.hpp"
#include "foreign.hpp"
#include "gate.hpp"
#include "place.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

TEST_CASE("without workers no task runs until it is joined, helped or awaited") {
  mp::thread_pool pool({.num_threads = 0});
  int runs = 0;
  auto t = pool.spawn_owned([&] { ++runs; });
  pool.join([] {}, [] {});
  pool.sync_wait([]() -> mp::task<> { co_await mp::yield(); });
  CHECK(runs == 0);
  CHECK_FALSE(t.complete());
  t.join();
  CHECK(runs == 1);
}

TEST_CASE("without workers joins, awaits and scopes of background tasks all end") {
  mt::place here({0});
  const auto all = here.run([] {
    const auto suspends = [](int n) -> mp::task<int> {
      co_await mp::yield();
      const auto [a, b] = co_await mp::join([n] { return n; }, mp::spawn_owned([n] { return n; }));
      co_return a + b;
    };
    std::vector<int> got;
    got.push_back(mp::spawn_owned([] { return 1; }).join());
    got.push_back(mp::spawn_owned(suspends(1)).join());
    got.push_back(mp::sync_wait(mp::spawn_owned(suspends(2))));
    const auto shared = mp::spawn_shared(suspends(3));
    got.push_back(mp::sync_wait(shared) + shared.join());
    int sum = 0;
    mp::scope([&](mp::scope_ref s) {
      for (int i = 1; i <= 4; ++i)
        s.fork([&sum, i] { sum += mp::spawn_owned([i] { return i; }).join(); });
    });
    got.push_back(sum);
    return got;
  });
  CHECK(all == std::vector{1, 2, 4, 12, 10});
}

TEST_CASE("without workers a task joins and awaits others in any order") {
  mp::thread_pool pool({.num_threads = 0});
  auto first = pool.spawn_owned([] { return 1; });
  auto second = pool.spawn_owned([&] { return 10 + first.join(); });
  const auto third =
      pool.spawn_shared([&]() -> mp::task<int> { co_return 100 + co_await std::move(second); });
  auto fourth = pool.spawn_owned([third] { return 1000 + third.join(); });
  CHECK(fourth.join() == 1111);
  CHECK(third.join() == 111);
}

TEST_CASE("without workers dropped tasks run in their order when the pool ends") {
  const bool shut_down_first = GENERATE(false, true);
  std::vector<int> order;
  const auto task = [&order](int n) -> mp::task<> {
    order.push_back(n);
    co_return;
  };
  {
    mp::thread_pool pool({.num_threads = 0});
    for (int i = 0; i < 5; ++i) {
      if (i % 2 == 0) {
        static_cast<void>(pool.spawn_owned([&order, i] { order.push_back(i); }));
      } else {
        static_cast<void>(pool.spawn_shared(task(i)));
      }
    }
    if (shut_down_first) {
      pool.shutdown();
      CHECK(order.size() == 5);
    }
  }
  CHECK(order == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("without workers a join waits for a task that another thread runs") {
  mp::thread_pool pool({.num_threads = 0});
  mt::gate gate;
  const auto t = pool.spawn_shared([&] {
    gate.pass();
    return std::this_thread::get_id();
  });
  std::optional<std::thread::id> seen;
  std::thread runner([&] { seen = t.join(); });
  const auto id = runner.get_id();
  gate.wait_for_arrivals(1);
  std::optional<std::thread::id> also_seen;
  std::thread waiter([&] { also_seen = t.join(); });
  gate.open();
  runner.join();
  waiter.join();
  CHECK(seen == id);
  CHECK(also_seen == id);
}

TEST_CASE("without workers the thread that joins goes on with a task resumed from outside") {
  mp::thread_pool pool({.num_threads = 0});
  mt::event e;
  const auto waits = [&]() -> mp::task<std::thread::id> {
    co_await e;
    co_return std::this_thread::get_id();
  };
  auto t = pool.spawn_owned(waits);
  std::thread firing([&] {
    e.wait_for_waiter();
    e.fire();
  });
  const auto id = t.join();
  firing.join();
  CHECK(id == std::this_thread::get_id());
}

TEST_CASE("without workers the end of a pool waits for a task that a foreign event resumes") {
  mt::event e;
  std::atomic<bool> ended{false};
  std::thread firing;
  {
    mp::thread_pool pool({.num_threads = 0});
    const auto waits = [&]() -> mp::task<> {
      co_await e;
      ended = true;
    };
    static_cast<void>(pool.spawn_owned(waits));
    firing = std::thread([&] {
      e.wait_for_waiter();
      e.fire();
    });
  }
  CHECK(ended);
  firing.join();
}
