// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 2 where it is easily lost: coroutines that become ready from elsewhere, and many waits.
#include "foreign.hpp"
#include "place.hpp"
#include "catch.hpp"
#include "scale.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <tuple>
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

std::uint64_t sleeps_of_guests(const mp::thread_pool& pool) {
  std::uint64_t n = 0;
  for (const auto& p : pool.stats().participants) n += p.is_worker ? 0 : p.sleeps;
  return n;
}

}  // namespace

TEST_CASE("promise 2: a ready coroutine is not left to a worker that takes another root's job") {
  // The caller sleeps until an event. The event comes while the only worker searches, and together
  // with a job of another root that holds the thread that takes it until the caller has returned.
  mp::thread_pool pool({.num_threads = 1, .idle_spin = std::chrono::microseconds(500)});
  const auto rounds = static_cast<int>(micropool_test::scaled(40));
  for (int round = 0; round < rounds; ++round) {
    micropool_test::event happened;
    countdown returned(1);
    const auto before = sleeps_of_guests(pool);
    std::thread caller([&] {
      pool.sync_wait([&]() -> mp::task<> { co_await happened; });
      returned.arrive();
    });
    happened.wait_for_waiter();
    while (sleeps_of_guests(pool) == before) std::this_thread::yield();
    countdown searched(1);
    pool.join([&] { searched.wait(); }, [&] { searched.arrive(); });
    // The worker searches again; at different moments in different rounds.
    for (int i = 0; i < (round % 20) * 50; ++i) asm volatile("");
    pool.join(
        [&] {
          happened.fire();
          returned.wait();
        },
        [&] { returned.wait(); });
    caller.join();
  }
  SUCCEED("the caller returned in every round");
}

TEST_CASE("promise 2: a coroutine on another pool goes on while all workers of both are stuck") {
  mp::thread_pool pool({.num_threads = 1});
  mp::thread_pool other({.num_threads = 2});
  busy_workers stuck(pool);
  busy_workers also_stuck(other);
  micropool_test::foreign_thread elsewhere;
  for (int round = 0; round < 20; ++round) {
    const auto walks = [&]() -> mp::task<long> {
      co_await mp::resume_on(other);
      static_cast<void>(co_await elsewhere.resume_here());
      const long there = co_await fib(8);
      co_await mp::resume_on(pool);
      const auto [a, b] = co_await mp::join(fib(7), other.join(fib(6), [] {}));
      co_return there + a + std::get<0>(b);
    };
    REQUIRE(pool.sync_wait(walks()) == 21 + 13 + 8);
  }
}

TEST_CASE("promise 2: hundreds of nested joins are live in every thread at once") {
  mp::thread_pool pool({.num_threads = 2});
  constexpr int depth = 200;
  constexpr int threads = 4;
  countdown at_the_bottom(threads);
  std::atomic<int> branches{0};
  const std::function<void(int)> nest = [&](int left) {
    if (left == 0) return at_the_bottom.arrive_and_wait();
    mp::join([&] { nest(left - 1); }, [&] { ++branches; }, [&] { ++branches; });
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < threads; ++i) {
    callers.emplace_back([&] { pool.install([&] { nest(depth); }); });
  }
  for (auto& t : callers) t.join();
  REQUIRE(branches == 2 * depth * threads);
}

TEST_CASE("promise 2: waits inside waits end though every thread of the pool is blocked") {
  mp::thread_pool pool({.num_threads = 2});
  micropool_test::foreign_thread elsewhere;
  std::atomic<int> leaves{0};
  // Each level blocks in another kind of call; the last one waits for another thread.
  const std::function<void(int)> waits = [&](int left) {
    if (left == 0) {
      mp::sync_wait(elsewhere.resume_here());
      ++leaves;
      return;
    }
    switch (left % 3) {
      case 0:
        mp::join([&] { waits(left - 1); }, [&] { waits(left - 1); });
        break;
      case 1:
        mp::scope([&](mp::scope_ref s) {
          s.fork([&] { waits(left - 1); });
          waits(left - 1);
        });
        break;
      default: {
        const auto task = [&]() -> mp::task<> {
          waits(left - 1);
          co_return;
        };
        mp::sync_wait(mp::join(task(), task()));
      }
    }
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) callers.emplace_back([&] { pool.install([&] { waits(6); }); });
  for (auto& t : callers) t.join();
  REQUIRE(leaves == 3 * 64);
}
