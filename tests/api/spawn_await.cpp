// SPDX-License-Identifier: MIT OR Apache-2.0
// Awaiting background tasks: one awaits an owned task, any number a shared one, and no thread is
// blocked meanwhile.
#include "catch.hpp"
#include "ended.hpp"
#include "foreign.hpp"
#include "gate.hpp"
#include "place.hpp"
#include "scale.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<int> await_owned(mp::owned_task<int> t) { co_return co_await std::move(t); }
mp::task<int> await_shared(mp::shared_task<int> t) { co_return co_await t; }

}  // namespace

TEST_CASE("a coroutine awaits what it has spawned") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const int sum = here.run([] {
    const auto outer = []() -> mp::task<int> {
      auto owned = mp::spawn_owned([] { return 1; });
      auto coroutine = mp::spawn_owned(await_owned(mp::spawn_owned([] { return 20; })));
      const auto shared = mp::spawn_shared([] { return 300; });
      const int a = co_await std::move(owned);
      const int b = co_await std::move(coroutine);
      const int c = co_await shared;
      co_return a + b + c + co_await shared;
    };
    return mp::sync_wait(outer());
  });
  CHECK(sum == 621);
}

TEST_CASE("what is awaited may have ended long before") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const int sum = here.run([] {
    auto owned = mp::spawn_owned([] { return 1; });
    const auto shared = mp::spawn_shared([] { return 2; });
    mt::until_ended(owned);
    mt::until_ended(shared);
    return mp::sync_wait(await_owned(std::move(owned))) + mp::sync_wait(await_shared(shared));
  });
  CHECK(sum == 3);
}

TEST_CASE("handles can be branches of a join and children of a scope") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> runs{0};
  const auto sums = here.run([&] {
    auto owned = mp::spawn_owned([] { return 1; });
    const auto shared = mp::spawn_shared([] { return 2; });
    auto child = mp::spawn_owned([&] { ++runs; });
    mp::scope([&](mp::scope_ref s) { s.fork(std::move(child)); });
    const auto [a, b, c] = mp::sync_wait(mp::join(std::move(owned), shared, [] { return 3; }));
    return std::tuple<int, int, int>(a, b, c);
  });
  CHECK(sums == std::tuple(1, 2, 3));
  CHECK(runs == 1);
}

TEST_CASE("thousands of coroutines that wait for one shared task block no worker") {
  const std::size_t workers = GENERATE(1u, 2u);
  CAPTURE(workers);
  constexpr int count = 2000;
  mp::thread_pool pool({.num_threads = workers});
  mt::event e;
  std::atomic<int> sum{0};
  const auto waits_for_event = [&]() -> mp::task<int> {
    co_await e;
    co_return 1;
  };
  const auto t = pool.spawn_shared(waits_for_event);
  mt::countdown all_wait(count);
  const auto waits_for_task = [&]() -> mp::task<> {
    all_wait.arrive();
    sum += co_await t;
  };
  std::vector<mp::owned_task<void>> waiters;
  for (int i = 0; i < count; ++i) waiters.push_back(pool.spawn_owned(waits_for_task));
  e.wait_for_waiter();
  all_wait.wait();
  mt::meet_all_workers(pool);
  CHECK(sum == 0);
  e.fire();
  for (auto& w : waiters) w.join();
  CHECK(sum == count);
}

TEST_CASE("threads and coroutines of several pools wait for one shared task at once") {
  mp::thread_pool pool({.num_threads = 1});
  mp::thread_pool other({.num_threads = 1});
  for (int round = 0; round < 100; ++round) {
    mt::gate gate;
    const auto t = pool.spawn_shared([&] {
      gate.pass();
      return 7;
    });
    // Started, so that everybody waits for its end.
    gate.wait_for_arrivals(1);
    std::atomic<int> right{0};
    mt::countdown together(5);
    const auto on_thread = [&](auto wait) {
      return std::thread([&, wait] {
        together.arrive_and_wait();
        right += wait() == 7 ? 1 : 0;
      });
    };
    std::vector<std::thread> threads;
    threads.push_back(on_thread([&] { return t.join(); }));
    threads.push_back(on_thread([&] { return pool.sync_wait(t); }));
    threads.push_back(on_thread([&] { return other.sync_wait(t); }));
    threads.push_back(on_thread([&] { return other.spawn_owned(await_shared(t)).join(); }));
    together.arrive();
    if (round % 2 == 0) std::this_thread::yield();
    gate.open();
    for (auto& thread : threads) thread.join();
    REQUIRE(right == 4);
  }
}

TEST_CASE("a coroutine that awaits another pool's task goes on on its own pool") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const std::size_t others = GENERATE(0u, 1u);
  CAPTURE(where, others);
  mt::place here(where);
  mp::thread_pool other({.num_threads = others});
  std::vector<const mp::thread_pool*> seen;
  here.run([&] {
    const auto awaits = [&]() -> mp::task<> {
      co_await other.spawn_owned([] {});
      seen.push_back(&mp::current_pool());
      const auto shared = other.spawn_shared([]() -> mp::task<> { co_await mp::yield(); });
      co_await shared;
      seen.push_back(&mp::current_pool());
    };
    mp::sync_wait(awaits());
  });
  CHECK(seen == std::vector<const mp::thread_pool*>(2, &here.pool));
}

TEST_CASE("an awaited task that suspends resumes its awaiter when it ends") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::foreign_thread elsewhere;
  const int sum = here.run([&] {
    const auto suspends = [&](int n) -> mp::task<int> {
      for (int i = 0; i < 10; ++i) n += co_await elsewhere.resume_here(1);
      co_return n;
    };
    const auto outer = [&]() -> mp::task<int> {
      auto owned = mp::spawn_owned(suspends(100));
      const auto shared = mp::spawn_shared(suspends(1000));
      const int a = co_await std::move(owned);
      co_return a + co_await shared;
    };
    return mp::sync_wait(outer());
  });
  CHECK(sum == 1120);
}

TEST_CASE("a chain of a hundred thousand tasks that await each other fits the stack") {
  const std::size_t workers = GENERATE(0u, 1u, 2u);
  CAPTURE(workers);
  mp::thread_pool pool({.num_threads = workers});
  constexpr int length = mt::sized(100'000, 300);
  const auto next = [](mp::owned_task<int> previous) -> mp::task<int> {
    co_return 1 + co_await std::move(previous);
  };
  // Held back, so that the last one finds all others unstarted.
  mt::busy_workers busy(pool);
  auto last = pool.spawn_owned([] { return 0; });
  for (int i = 0; i < length; ++i) last = pool.spawn_owned(next(std::move(last)));
  const int result = pool.sync_wait(std::move(last));
  CHECK(result == length);
}

TEST_CASE("frames of tasks and their awaiters are gone in the end") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  here.run([&] {
    const auto inner = [](mt::tracked) -> mp::task<> { co_await mp::yield(); };
    const auto outer = [&](mt::tracked) -> mp::task<> {
      const auto shared = mp::spawn_shared(inner(mt::tracked(census)));
      auto owned = mp::spawn_owned(inner(mt::tracked(census)));
      co_await shared;
      co_await std::move(owned);
    };
    mp::sync_wait(mp::join(outer(mt::tracked(census)), outer(mt::tracked(census))));
  });
  CHECK(census.ever() > 0);
  CHECK(census.alive() == 0);
}
