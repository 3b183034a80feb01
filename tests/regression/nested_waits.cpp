// SPDX-License-Identifier: MIT OR Apache-2.0
// A thread that blocked for a background task looked into that task's inbox and no further. But the
// task may await another one, which has been suspended and becomes ready in an inbox of its own.
// Only workers looked there, and the callers who had lifted the other one to their root. So it was
// left lying
//
// - where all workers were blocked like this inside background tasks, or the one that may run
//   background work was,
// - and where a pool had no worker, and the thread was blocked above the wait that had lifted it.
#include "foreign.hpp"
#include "catch.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace {

namespace mp = micropool;
using micropool_test::event;
using micropool_test::gate;

constexpr auto no_spin = std::chrono::nanoseconds(0);

mp::task<int> waits_for(event& e) {
  co_await e;
  co_return 1;
}

mp::task<int> awaits(mp::shared_task<int> t) { co_return co_await t; }

mp::task<int> begins_and_awaits(gate& begun, mp::shared_task<int> t) {
  begun.open();
  co_return co_await t;
}

std::uint64_t sleeps_of_worker(const mp::thread_pool& pool, std::size_t index) {
  return pool.stats().participants[index].sleeps;
}

// A background task that holds its worker until told to go on, and then blocks.
struct blocking_task {
  std::size_t worker = 0;
  gate held;
  gate ended;

  template <class F>
  int run(F&& blocks) {
    worker = *mp::this_thread_index();
    held.pass();
    const int result = blocks();
    ended.open();
    return result;
  }
};

}  // namespace

// The other worker, if there is one, may not run background work meanwhile.
TEST_CASE("a background task that blocks runs what its wait depends on at second hand") {
  const std::size_t workers = GENERATE(1u, 2u);
  const bool joins = GENERATE(false, true);
  const bool asleep = GENERATE(false, true);
  event e;
  gate v_begun;
  blocking_task blocking;
  mp::thread_pool pool({.num_threads = workers, .idle_spin = no_spin, .background_limit = 1});
  const auto u = pool.spawn_shared(waits_for(e));
  e.wait_for_waiter();
  const auto v = pool.spawn_shared(begins_and_awaits(v_begun, u));
  v_begun.pass();
  auto t = pool.spawn_owned([&blocking, joins, u, v] {
    return blocking.run([&] { return joins ? v.join() : mp::sync_wait(awaits(u)); });
  });
  // Both others are suspended by now, since they had the only place before.
  blocking.held.wait_for_arrivals(1);
  if (asleep) {
    const auto before = sleeps_of_worker(pool, blocking.worker);
    blocking.held.open();
    while (sleeps_of_worker(pool, blocking.worker) == before) std::this_thread::yield();
    e.fire();
  } else {
    e.fire();
    blocking.held.open();
  }
  // Not by joining: this thread would help.
  blocking.ended.pass();
  REQUIRE(t.join() == 1);
}

namespace {

// A sleeper that must be woken: what it waits for comes to wait for a job that is ready already.
struct late_dependence {
  event e;
  gate may_await, branch_taken, u_ran;
  blocking_task blocking;

  mp::task<> ready_before() {
    co_await e;
    u_ran.open();
  }
  mp::task<> first() {
    may_await.wait_for_arrivals(1);
    co_return;
  }
  mp::task<> second(mp::shared_task<void> u) {
    may_await.pass();
    co_await u;
  }
  mp::task<> both(mp::shared_task<void> u) { co_await mp::join(first(), second(u)); }
};

}  // namespace

TEST_CASE("a blocked thread is woken when its wait comes to depend on what is ready already") {
  late_dependence s;
  mp::thread_pool pool({.num_threads = 2, .idle_spin = no_spin});
  const auto u = pool.spawn_shared(s.ready_before());
  s.e.wait_for_waiter();
  auto t = pool.spawn_owned([&s, u] {
    return s.blocking.run([&] {
      mp::sync_wait(s.both(u));
      return 1;
    });
  });
  s.blocking.held.wait_for_arrivals(1);
  const auto before = sleeps_of_worker(pool, s.blocking.worker);
  s.blocking.held.open();
  s.may_await.wait_for_arrivals(1);
  while (sleeps_of_worker(pool, s.blocking.worker) == before) std::this_thread::yield();
  // One worker sleeps and does not wait for `u` yet, the other is inside the second branch.
  s.e.fire();
  // Foreground work takes the other as soon as that branch is suspended, and keeps it.
  pool.join(
      [&] {
        s.may_await.open();
        s.branch_taken.pass();
        s.u_ran.pass();
      },
      [&] {
        s.branch_taken.open();
        s.u_ran.pass();
      });
  REQUIRE(t.join() == 1);
}

namespace {

mp::task<int> first_waiter(std::string& order, mp::shared_task<int> t) {
  order += '1';
  co_return co_await t;
}

// Blocks above the first one on the same stack.
mp::task<int> second_waiter(std::string& order, event* fired_here, mp::shared_task<int> t) {
  order += '2';
  if (fired_here != nullptr) fired_here->fire();
  co_return t.join();
}

mp::task<int> both_wait(std::string& order, event* fired_here, mp::shared_task<int> t1,
                        mp::shared_task<int> t2) {
  const auto [a, b] =
      co_await mp::join(first_waiter(order, t1), second_waiter(order, fired_here, t2));
  co_return a + b;
}

}  // namespace

TEST_CASE("without workers a nested join runs what its task awaits, though others have lifted it") {
  const bool one_task = GENERATE(true, false);
  const bool asleep = GENERATE(false, true);
  event e;
  std::string order;
  mp::thread_pool pool({.num_threads = 0, .idle_spin = no_spin});
  const auto s = pool.spawn_shared(waits_for(e));
  s.help();
  const auto t1 = pool.spawn_shared(awaits(s));
  t1.help();
  // The other way to `s` in a diamond, if it is not the same one.
  const auto t2 = one_task ? t1 : pool.spawn_shared(awaits(s));
  t2.help();
  std::thread outside;
  if (asleep) {
    outside = std::thread([&] {
      while (pool.stats().total().sleeps == 0) std::this_thread::yield();
      e.fire();
    });
  }
  const int sum = pool.sync_wait(both_wait(order, asleep ? nullptr : &e, t1, t2));
  if (asleep) outside.join();
  CHECK(order == "12");
  REQUIRE(sum == 2);
}
