// SPDX-License-Identifier: MIT OR Apache-2.0
// complete(), try_join() and help(): looking at a task and lending it a hand, without waiting.
#include "catch.hpp"
#include "ended.hpp"
#include "foreign.hpp"
#include "gate.hpp"
#include "place.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

TEST_CASE("help runs a task that was not started here, to its end") {
  const std::size_t workers = GENERATE(0u, 1u, 2u);
  CAPTURE(workers);
  mp::thread_pool pool({.num_threads = workers});
  mt::busy_workers busy(pool);
  const auto where = [] { return std::this_thread::get_id(); };
  const auto where_task = [&]() -> mp::task<std::thread::id> { co_return where(); };
  auto callable = pool.spawn_owned(where);
  auto coroutine = pool.spawn_owned(where_task);
  const auto shared = pool.spawn_shared(where);
  CHECK_FALSE(callable.complete());
  callable.help();
  coroutine.help();
  shared.help();
  CHECK(callable.complete());
  CHECK(callable.join() == where());
  CHECK(coroutine.try_join() == where());
  CHECK(shared.join() == where());
}

TEST_CASE("help runs nothing of other tasks") {
  int runs = 0;  // outlives the pool, whose end runs what is left
  mp::thread_pool pool({.num_threads = 0});
  const auto first = pool.spawn_owned([&] { ++runs; });
  const auto second = pool.spawn_owned([&] { runs += 10; });
  const auto third = pool.spawn_owned([&] { runs += 100; });
  second.help();
  CHECK(runs == 10);
  second.help();
  CHECK(runs == 10);
  CHECK_FALSE(first.complete());
  CHECK_FALSE(third.complete());
}

TEST_CASE("help runs what the task has forked, and returns when nothing is left to take") {
  const auto where = GENERATE(std::pair(1u, false), std::pair(2u, false));
  mp::thread_pool pool({.num_threads = where.first});
  mt::gate gate;
  mt::gate others;
  std::atomic<int> here{0};
  const auto caller = std::this_thread::get_id();
  const auto body = [&](mp::scope_ref s) {
    for (int i = 0; i < 50; ++i) {
      s.fork([&] { here += std::this_thread::get_id() == caller ? 1 : 0; });
    }
    gate.pass();
  };
  // Other workers are kept from the forks by work of their own.
  std::vector<mp::owned_task<void>> holders;
  for (unsigned i = 1; i < where.first; ++i)
    holders.push_back(pool.spawn_owned([&] { others.pass(); }));
  others.wait_for_arrivals(where.first - 1);
  auto t = pool.spawn_owned([&] { mp::scope(body); });
  gate.wait_for_arrivals(1);
  t.help();
  CHECK(here == 50);
  CHECK_FALSE(t.complete());
  gate.open();
  others.open();
  t.join();
}

TEST_CASE("help returns from a task that runs elsewhere and has nothing to share") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate gate;
  auto t = pool.spawn_owned([&] {
    gate.pass();
    return 1;
  });
  gate.wait_for_arrivals(1);
  t.help();
  CHECK_FALSE(t.complete());
  CHECK(t.try_join() == std::nullopt);
  CHECK(t);
  gate.open();
  mt::watch_until_ended(t);
  CHECK(t.try_join() == 1);
  CHECK_FALSE(t);
}

TEST_CASE("help returns from a task that has suspended, and goes on with it once it is ready") {
  const std::size_t workers = GENERATE(0u, 1u);
  CAPTURE(workers);
  mp::thread_pool pool({.num_threads = workers});
  mt::busy_workers busy(pool);
  mt::event e;
  const auto waits = [&]() -> mp::task<int> {
    co_await e;
    co_await mp::yield();
    co_return 5;
  };
  auto t = pool.spawn_owned(waits);
  t.help();
  CHECK_FALSE(t.complete());
  t.help();
  CHECK_FALSE(t.complete());
  e.fire();
  t.help();
  CHECK(t.complete());
  CHECK(t.join() == 5);
}

TEST_CASE("help works from wherever a task can be held") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const int sum = here.run([] {
    auto outer = mp::spawn_owned([] {
      auto inner = mp::spawn_owned([] { return 1; });
      mt::until_ended(inner);
      return 10 + inner.try_join().value_or(0);
    });
    mt::until_ended(outer);
    const auto in_coroutine = []() -> mp::task<int> {
      auto t = mp::spawn_owned([] { return 100; });
      mt::until_ended(t);
      co_return co_await std::move(t);
    };
    return outer.join() + mp::sync_wait(in_coroutine());
  });
  CHECK(sum == 111);
}

TEST_CASE("try_join leaves a task that has not ended to its handle") {
  mp::thread_pool pool({.num_threads = 0});
  int target = 0;
  auto number = pool.spawn_owned([] { return 1; });
  auto nothing = pool.spawn_owned([] {});
  auto reference = pool.spawn_owned([&]() -> int& { return target; });
  const auto shared = pool.spawn_shared([] { return 2; });
  const auto shared_nothing = pool.spawn_shared([] {});
  CHECK(number.try_join() == std::nullopt);
  CHECK_FALSE(nothing.try_join());
  CHECK_FALSE(reference.try_join());
  CHECK(shared.try_join() == nullptr);
  CHECK_FALSE(shared_nothing.try_join());
  pool.shutdown();
  CHECK(number.try_join() == 1);
  CHECK(nothing.try_join());
  CHECK(&reference.try_join().value() == &target);
  CHECK(*shared.try_join() == 2);
  CHECK(shared_nothing.try_join());
  CHECK(shared_nothing.try_join());
}

TEST_CASE("who sees that a task is complete sees what it has done") {
  mp::thread_pool pool({.num_threads = 2});
  for (int round = 0; round < 2000; ++round) {
    int plain = 0;
    const auto t = pool.spawn_shared([&] { plain = round + 1; });
    mt::watch_until_ended(t);
    REQUIRE(plain == round + 1);
  }
}

// ThreadSanitizer takes some 300 KB for each stack, of which such a chain needs thousands at once.
#if !MICROPOOL_TSAN
TEST_CASE("help() inside help() throws where the pool has no place left") {
  std::atomic<int> unhandled{0};
  mp::thread_pool pool(
      {.num_threads = 0, .on_unhandled_exception = [&](std::exception_ptr) { ++unhandled; }});
  constexpr int depth = 70'000;  // more than a pool has places
  int begun = 0;
  struct chain {
    mp::thread_pool& pool;
    int& begun;
    void go() {
      auto next = pool.spawn_owned([this] {
        if (++begun < depth) go();
      });
      next.help();
      next.join();
    }
  } nested{pool, begun};
  CHECK_THROWS_AS(nested.go(), std::system_error);
  CHECK(pool.spawn_owned([] { return 1; }).join() == 1);
  pool.shutdown();  // the task whose help() threw is still queued
  CHECK(begun == depth);
  CHECK(unhandled == 0);
}
#endif
