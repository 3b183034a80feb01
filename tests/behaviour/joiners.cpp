// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 3 for those who wait for background tasks: they run what the task has forked, and nothing
// else, however tempting.
#include "background.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::held_workers;
using micropool_test::open_at_exit;

namespace {

// Who waits spins for long, so that it would take what it must not take.
constexpr auto long_spin = std::chrono::seconds(30);

constexpr int many = 1000;

}  // namespace

TEST_CASE("promise 3: an inner join inside one of 14 items ends without running the others") {
  mp::thread_pool pool({.num_threads = 2, .idle_spin = long_spin});
  gate held;
  const open_at_exit opener(held);
  auto background = pool.spawn_owned([&] { held.pass(); });
  held.wait_for_arrivals(1);
  std::atomic<std::thread::id> waiter{};
  std::atomic<int> by_waiter{0};
  // The second worker takes the first item. The others are there while it waits, and this thread
  // lets the task end only when it has run them all by itself.
  pool.scope([&](mp::scope_ref s) {
    s.fork([&] {
      waiter = std::this_thread::get_id();
      background.join();
      waiter = std::thread::id();
    });
    while (waiter.load() == std::thread::id()) std::this_thread::yield();
    mp::scope([&](mp::scope_ref others) {
      for (int i = 0; i < many; ++i) {
        for (int k = 1; k < 14; ++k) {
          others.fork([&] { by_waiter += std::this_thread::get_id() == waiter.load(); });
        }
      }
    });
    held.open();
  });
  REQUIRE(by_waiter == 0);
}

TEST_CASE("promise 3: two joiners of one task run its children and none of each other's root") {
  mp::thread_pool pool({.num_threads = 2, .idle_spin = long_spin});
  countdown begun(1);
  countdown go(1);
  countdown all(many);
  const auto shared = pool.spawn_shared([&] {
    begun.arrive();
    go.wait();
    mp::scope([&](mp::scope_ref s) {
      for (int i = 0; i < many; ++i) s.fork([&] { all.arrive(); });
      all.wait();
    });
  });
  begun.wait();
  held_workers last(pool, 1);
  struct root {
    std::thread::id caller{};
    std::atomic<bool> joins{false};
    std::atomic<int> by_the_other{0};
    std::atomic<int> while_joining{0};
  };
  std::array<root, 2> roots;
  countdown both_are_here(2);
  countdown both_join(2);
  // Each has jobs of its own lying in its deque while it joins.
  const auto run = [&](root& mine, const root& other) {
    mine.caller = std::this_thread::get_id();
    both_are_here.arrive_and_wait();
    pool.scope([&](mp::scope_ref s) {
      for (int i = 0; i < many; ++i) {
        s.fork([&] {
          const auto me = std::this_thread::get_id();
          mine.by_the_other += me == other.caller;
          mine.while_joining += me == mine.caller && mine.joins;
        });
      }
      both_join.arrive_and_wait();
      mine.joins = true;
      shared.join();
      mine.joins = false;
    });
  };
  std::thread first([&] { run(roots[0], roots[1]); });
  std::thread second([&] { run(roots[1], roots[0]); });
  both_join.wait();
  go.arrive();
  first.join();
  second.join();
  for (const root& r : roots) {
    CHECK(r.by_the_other == 0);
    CHECK(r.while_joining == 0);
  }
}

TEST_CASE("promise 3: who awaits a task in the foreground leaves other background work alone") {
  mp::thread_pool pool({.num_threads = 2, .idle_spin = long_spin});
  countdown begun(2);
  countdown go(1);
  const auto me = std::this_thread::get_id();
  std::atomic<int> by_me{0};
  countdown all_of_other(many);
  const auto other = pool.spawn_shared([&] {
    mp::scope([&](mp::scope_ref s) {
      begun.arrive();
      go.wait();
      for (int i = 0; i < many; ++i) {
        s.fork([&] {
          by_me += std::this_thread::get_id() == me;
          all_of_other.arrive();
        });
      }
    });
  });
  // Ends when the other one has run all its children.
  const auto wanted = pool.spawn_shared([&] {
    begun.arrive();
    all_of_other.wait();
  });
  begun.wait();
  go.arrive();
  SECTION("who joins it") { wanted.join(); }
  SECTION("who awaits it") {
    const auto awaits = [&]() -> mp::task<> { co_await wanted; };
    pool.sync_wait(awaits());
  }
  REQUIRE(by_me == 0);
}
