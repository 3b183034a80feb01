// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 7 for background tasks: who waits for one sleeps, and a spawn wakes no more than it must.
#include "place.hpp"
#include "background.hpp"
#include "catch.hpp"
#include "cpu_time.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::held_workers;
using micropool_test::new_threads;
using micropool_test::sleeping_caller;
using namespace std::chrono_literals;

namespace {

std::uint64_t wakeups(const mp::thread_pool& pool) {
  const auto s = pool.stats();
  return s.total().wakeups_sent + s.wakeups_posted;
}

void wait_for_sleeps_of_workers(const mp::thread_pool& pool, std::uint64_t wanted) {
  const auto so_far = [&] {
    std::uint64_t n = 0;
    for (const auto& p : pool.stats().participants) n += p.is_worker ? p.sleeps : 0;
    return n;
  };
  while (so_far() < wanted) std::this_thread::yield();
}

mp::task<> awaits(const mp::shared_task<void>& t) { co_await t; }

}  // namespace

TEST_CASE("promise 7: who waits for a running task sleeps, and comes for work forked later") {
  const new_threads threads;
  mp::thread_pool pool({.num_threads = 2, .idle_spin = 1ms});
  countdown begun(1);
  countdown go(1);
  const auto t = pool.spawn_shared([&] {
    begun.arrive();
    go.wait();
    // Both are needed at once, and all other workers are held.
    countdown both(2);
    mp::join([&] { both.arrive_and_wait(); }, [&] { both.arrive_and_wait(); });
  });
  begun.wait();
  held_workers last(pool, 1);
  SECTION("who joins it") {
    auto caller = sleeping_caller(pool, [&] { t.join(); });
    CHECK(threads.cpu_time_of_two_seconds() < 20ms);
    go.arrive();
    caller.join();
  }
  SECTION("who awaits it") {
    auto caller = sleeping_caller(pool, [&] { pool.sync_wait(awaits(t)); });
    CHECK(threads.cpu_time_of_two_seconds() < 20ms);
    go.arrive();
    caller.join();
  }
  REQUIRE(t.complete());
}

TEST_CASE("promise 7: all who wait for a task are woken at its end, wherever they are") {
  mp::thread_pool pool({.num_threads = 2, .idle_spin = 0ns});
  mp::thread_pool other({.num_threads = 1, .idle_spin = 0ns});
  countdown begun(1);
  countdown go(1);
  const auto t = pool.spawn_shared([&] {
    begun.arrive();
    go.wait();
  });
  begun.wait();
  auto joins = sleeping_caller(pool, [&] { t.join(); });
  auto awaits_it = sleeping_caller(pool, [&] { pool.sync_wait(awaits(t)); });
  auto elsewhere = sleeping_caller(other, [&] { other.sync_wait(awaits(t)); });
  go.arrive();
  joins.join();
  awaits_it.join();
  elsewhere.join();
  REQUIRE(t.complete());
}

TEST_CASE("promise 7: a spawn wakes one sleeper, which wakes no other") {
  mp::thread_pool pool({.num_threads = 4, .idle_spin = 0ns});
  wait_for_sleeps_of_workers(pool, 4);
  const auto before = wakeups(pool);
  constexpr std::uint64_t rounds = 300;
  for (std::uint64_t i = 1; i <= rounds; ++i) {
    static_cast<void>(pool.spawn_owned([] {}));
    // The thread that has run it sleeps again.
    wait_for_sleeps_of_workers(pool, 4 + i);
  }
  REQUIRE(wakeups(pool) - before == rounds);
}

TEST_CASE("promise 7: a burst of spawns wakes at most one sleeper per task") {
  mp::thread_pool pool({.num_threads = 4, .idle_spin = 0ns});
  const auto before = wakeups(pool);
  std::uint64_t spawned = 0;
  for (std::uint64_t round = 0; round < 300; ++round) {
    countdown all(round % 8 + 1);
    for (std::uint64_t i = 0; i <= round % 8; ++i, ++spawned) {
      static_cast<void>(pool.spawn_owned([&] { all.arrive(); }));
    }
    all.wait();
  }
  REQUIRE(wakeups(pool) - before <= spawned);
}

TEST_CASE("promise 7: a spawn wakes no thread while all workers are awake") {
  mp::thread_pool pool({.num_threads = 2, .idle_spin = 1h});
  micropool_test::meet_all_workers(pool);
  countdown all(10000);
  for (int i = 0; i < 10000; ++i) static_cast<void>(pool.spawn_owned([&] { all.arrive(); }));
  all.wait();
  for (int i = 0; i < 10000; ++i) pool.spawn_owned([] {}).join();
  REQUIRE(wakeups(pool) == 0);
  REQUIRE(pool.stats().total().sleeps == 0);
}

TEST_CASE("promise 7: a spawn wakes no thread that may not take it") {
  mp::thread_pool pool({.num_threads = 2, .idle_spin = 0ns, .background_limit = 1});
  wait_for_sleeps_of_workers(pool, 2);
  // One is woken for this, and the other sleeps on.
  held_workers the_one(pool, 1);
  const auto before = wakeups(pool);
  countdown all(1000);
  for (int i = 0; i < 1000; ++i) static_cast<void>(pool.spawn_owned([&] { all.arrive(); }));
  REQUIRE(wakeups(pool) == before);
  the_one.release();
  all.wait();
}
