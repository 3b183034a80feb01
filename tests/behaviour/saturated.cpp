// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 2 with every worker inside a held background task and 1000 more queued: what a foreground
// call needs is done by its caller. A broken promise is a hang, since nothing is released before.
#include "foreign.hpp"
#include "background.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <tuple>
#include <vector>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::event;
using micropool_test::held_workers;
using micropool_test::saturated;
using micropool_test::sleeping_caller;

namespace {

// Callers fall asleep soon, so that they must be found, too.
const mp::pool_options two_workers{.num_threads = 2, .idle_spin = std::chrono::nanoseconds(0)};

mp::task<long> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

// Goes on with a fork-join once the event has come.
mp::task<long> waits_for(event& e) {
  co_await e;
  co_return co_await fib(8);
}

template <class T>
mp::task<T> awaits(const mp::shared_task<T>& t) {
  co_return co_await t;
}

// Says so, then awaits the task.
mp::task<long> begins_and_awaits(countdown& begun, mp::shared_task<long> t) {
  begun.arrive();
  co_return co_await t;
}

// Awaits a task that no other thread has been able to start. With a handle of its own, since the
// test case may end before this resumes.
mp::task<long> spawns_and_awaits(event& e, mp::shared_task<long>& t) {
  const auto mine = mp::spawn_shared(waits_for(e));
  t = mine;
  co_return co_await mine;
}

// The event comes while the caller sleeps, or before it calls.
void comes_to_its_end(mp::thread_pool& pool, event& happened, const std::function<long()>& waits) {
  long result = 0;
  if (GENERATE(true, false)) {
    auto caller = sleeping_caller(pool, [&] { result = waits(); });
    happened.fire();
    caller.join();
  } else {
    happened.fire();
    result = waits();
  }
  REQUIRE(result == 21);
}

// With the rest of the workers lost: for each way to wait for the task, or for its waiter.
void goes_on_with_its_waiters(mp::thread_pool& pool, std::size_t free_workers, event& happened,
                              const mp::shared_task<long>& t, const mp::shared_task<long>& waiter) {
  saturated busy(pool, free_workers);
  SECTION("who joins it") {
    comes_to_its_end(pool, happened, [&] { return t.join(); });
  }
  SECTION("who awaits it") {
    comes_to_its_end(pool, happened, [&] { return pool.sync_wait(awaits(t)); });
  }
  SECTION("who joins the one that awaits it") {
    comes_to_its_end(pool, happened, [&] { return waiter.join(); });
  }
  SECTION("who awaits the one that awaits it") {
    comes_to_its_end(pool, happened, [&] { return pool.sync_wait(awaits(waiter)); });
  }
  REQUIRE(busy.ran() == 0);
}

// Does not end before another thread than the one that runs it has run its children.
struct forks_and_waits {
  static constexpr int children = 100;
  countdown begun{1};
  countdown go{1};
  countdown all{children};

  int operator()() {
    mp::scope([&](mp::scope_ref s) {
      begun.arrive();
      go.wait();
      for (int i = 0; i < children; ++i) s.fork([&] { all.arrive(); });
      all.wait();
    });
    return children;
  }
};

}  // namespace

TEST_CASE("promise 2: foreground calls end while background tasks hold every worker") {
  mp::thread_pool pool(two_workers);
  saturated busy(pool);
  for (int round = 0; round < 20; ++round) {
    REQUIRE(pool.join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2));
    std::atomic<int> children{0};
    pool.scope([&](mp::scope_ref s) {
      for (int i = 0; i < 100; ++i) s.fork([&] { ++children; });
    });
    REQUIRE(children == 100);
    const std::array<std::function<int()>, 3> range{[] { return 1; }, [] { return 2; },
                                                    [] { return 3; }};
    REQUIRE(pool.join_all(range) == std::vector{1, 2, 3});
    REQUIRE(pool.sync_wait(fib(10)) == 55);
  }
  REQUIRE(busy.ran() == 0);
}

TEST_CASE("promise 2: a queued task is run by the thread that waits for it") {
  mp::thread_pool pool(two_workers);
  saturated busy(pool);
  const auto me = std::this_thread::get_id();
  const auto where = [] { return std::this_thread::get_id(); };
  REQUIRE(pool.spawn_owned(where).join() == me);
  const auto shared = pool.spawn_shared(where);
  REQUIRE(pool.sync_wait(awaits(shared)) == me);
  REQUIRE(pool.sync_wait(pool.spawn_owned(fib(10))) == 55);
  auto helped = pool.spawn_owned(fib(10));
  helped.help();
  REQUIRE(helped.complete());
  REQUIRE(helped.join() == 55);
  REQUIRE(busy.ran() == 0);
}

TEST_CASE("promise 2: who joins a held task runs the children that it has forked") {
  mp::thread_pool pool(two_workers);
  forks_and_waits work;
  auto t = pool.spawn_owned(std::ref(work));
  work.begun.wait();
  saturated busy(pool, 1);
  int result = 0;
  SECTION("before they are forked") {
    auto caller = sleeping_caller(pool, [&] { result = t.join(); });
    work.go.arrive();
    caller.join();
    REQUIRE(result == work.children);
  }
  SECTION("or afterwards") {
    work.go.arrive();
    REQUIRE(t.join() == work.children);
  }
  SECTION("or just helps until they are done") {
    work.go.arrive();
    while (!t.complete()) t.help();
    REQUIRE(t.join() == work.children);
  }
}

TEST_CASE("promise 2: who awaits a held task runs the children that it has forked") {
  mp::thread_pool pool(two_workers);
  forks_and_waits work;
  const auto t = pool.spawn_shared(std::ref(work));
  work.begun.wait();
  saturated busy(pool, 1);
  SECTION("before they are forked") {
    auto caller = sleeping_caller(pool, [&] { pool.sync_wait(awaits(t)); });
    work.go.arrive();
    caller.join();
  }
  SECTION("or afterwards") {
    work.go.arrive();
    REQUIRE(pool.sync_wait(awaits(t)) == work.children);
  }
  REQUIRE(t.complete());
}

TEST_CASE("promise 2: a foreign event resumes a foreground coroutine on its caller") {
  mp::thread_pool pool(two_workers);
  saturated busy(pool);
  event happened;
  long result = 0;
  auto caller = sleeping_caller(pool, [&] { result = pool.sync_wait(waits_for(happened)); });
  happened.fire();
  caller.join();
  REQUIRE(result == 21);
  REQUIRE(busy.ran() == 0);
}

// The task has started in the background and is suspended when all workers get lost; then the event
// comes, and only the thread that waits for the task can resume it.
TEST_CASE("promise 2: a suspended background coroutine resumes on a caller that waits for it") {
  mp::thread_pool pool(two_workers);
  event happened;
  const auto t = pool.spawn_shared(waits_for(happened));
  happened.wait_for_waiter();
  saturated busy(pool);
  SECTION("who joins it") {
    comes_to_its_end(pool, happened, [&] { return t.join(); });
  }
  SECTION("who awaits it") {
    comes_to_its_end(pool, happened, [&] { return pool.sync_wait(awaits(t)); });
  }
  // The wait for the task owns no root there.
  SECTION("who joins it inside another call") {
    comes_to_its_end(pool, happened,
                     [&] { return std::get<0>(pool.join([&] { return t.join(); }, [] {})); });
  }
  SECTION("who awaits it inside another call") {
    comes_to_its_end(pool, happened, [&] {
      return std::get<0>(pool.join([&] { return mp::sync_wait(awaits(t)); }, [] {}));
    });
  }
  REQUIRE(busy.ran() == 0);
}

TEST_CASE(
    "promise 2: a background coroutine that a background task waits for resumes on a caller that "
    "waits for it") {
  mp::thread_pool pool(two_workers);
  event happened;
  mp::shared_task<long> t;
  mp::shared_task<long> waiter;
  SECTION("and it has started by itself") {
    t = pool.spawn_shared(waits_for(happened));
    happened.wait_for_waiter();
    countdown begun(1);
    waiter = pool.spawn_shared(begins_and_awaits(begun, t));
    begun.wait();
    goes_on_with_its_waiters(pool, 2, happened, t, waiter);
  }
  SECTION("and has started it in place") {
    // With only one worker free, no other thread can have done it.
    held_workers other(pool, 1);
    waiter = pool.spawn_shared(spawns_and_awaits(happened, t));
    happened.wait_for_waiter();
    goes_on_with_its_waiters(pool, 1, happened, t, waiter);
  }
}
