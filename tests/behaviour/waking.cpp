// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 7: whom a publisher wakes, counted.
#include "../api/place.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace mp = micropool;
using micropool_test::gate;
using micropool_test::open_at_exit;

TEST_CASE("promise 7: a burst of jobs wakes at most one sleeper per job") {
  mp::thread_pool pool({.num_threads = 4, .idle_spin = std::chrono::nanoseconds(0)});
  micropool_test::meet_all_workers(pool);
  const auto before = pool.stats().total().wakeups_sent;
  std::uint64_t published = 0;
  std::atomic<std::uint64_t> run{0};
  for (std::uint64_t round = 0; round < 300; ++round) {
    pool.scope([&](mp::scope_ref s) {
      for (std::uint64_t i = 0; i <= round % 8; ++i, ++published) s.fork([&] { ++run; });
    });
  }
  REQUIRE(run == published);
  REQUIRE(pool.stats().total().wakeups_sent - before <= published);
}

TEST_CASE("promise 7: who publishes wakes no caller that waits for something else") {
  mp::thread_pool pool({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(0)});
  // The worker is held in a branch of a caller that sleeps.
  gate taken;
  gate held;
  std::thread caller([&] {
    pool.join([&] { taken.wait_for_arrivals(1); },
              [&] {
                taken.open();
                taken.pass();
                held.pass();
              });
  });
  const open_at_exit opener(held);
  held.wait_for_arrivals(1);
  const auto caller_sleeps = [&] {
    std::uint64_t n = 0;
    for (const auto& p : pool.stats().participants) n += p.is_worker ? 0 : p.sleeps;
    return n;
  };
  while (caller_sleeps() == 0) std::this_thread::yield();
  const auto before = pool.stats().total();
  std::atomic<int> run{0};
  for (int i = 0; i < 1000; ++i) {
    pool.join([&] { ++run; }, [&] { ++run; });
    pool.scope([&](mp::scope_ref s) { s.fork([&] { ++run; }); });
  }
  const auto after = pool.stats().total();
  held.open();
  caller.join();
  REQUIRE(run == 3000);
  REQUIRE(after.wakeups_sent == before.wakeups_sent);
}
