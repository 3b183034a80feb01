// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 4: who resumes a suspended parent, and what suspended parents cost meanwhile.
#include "foreign.hpp"
#include "place.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstdint>
#include <thread>

namespace mp = micropool;
using micropool_test::countdown;

TEST_CASE("promise 4: the thread that ends the last child resumes the parent at once") {
  mp::thread_pool pool({.num_threads = 1});
  const auto sleeps_of_guests = [&] {
    std::uint64_t n = 0;
    for (const auto& p : pool.stats().participants) n += p.is_worker ? 0 : p.sleeps;
    return n;
  };
  for (int round = 0; round < 20; ++round) {
    const auto before = sleeps_of_guests();
    countdown stolen(1);
    const auto first = [&]() -> mp::task<> {
      stolen.wait();
      co_return;
    };
    const auto last = [&]() -> mp::task<std::thread::id> {
      stolen.arrive();
      // Until the caller has suspended the parent and sleeps.
      while (sleeps_of_guests() == before) std::this_thread::yield();
      co_return std::this_thread::get_id();
    };
    const auto parent = [&]() -> mp::task<bool> {
      const auto [nothing, ended_on] = co_await mp::join(first(), last());
      co_return ended_on == std::this_thread::get_id();
    };
    REQUIRE(pool.sync_wait(parent()));
  }
}

TEST_CASE("promise 4: a thousand suspended parents hold no thread") {
  mp::thread_pool pool({.num_threads = 2});
  micropool_test::event go_on;
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  const auto waits = [&](auto& self, int depth) -> mp::task<> {
    ++begun;
    if (depth == 0) {
      co_await go_on;
    } else {
      co_await mp::join(self(self, depth - 1), [] {});
    }
    ++ended;
  };
  std::thread caller([&] { pool.sync_wait(waits(waits, 1000)); });
  go_on.wait_for_waiter();
  micropool_test::meet_all_workers(pool);
  const int ended_early = ended;
  go_on.fire();
  caller.join();
  REQUIRE(begun == 1001);
  REQUIRE(ended_early == 0);
  REQUIRE(ended == 1001);
}
