// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 9, counted: calls of the global operator new per operation, once warm.
#include "child_process.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "allocation_counter.hpp"
#include "catch.hpp"
#include "warm.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <thread>

namespace mp = micropool;
using micropool_test::allocation_count;
using micropool_test::allocations_of_warm;
using micropool_test::countdown;

namespace {

mp::task<int> one() { co_return 1; }
mp::task<int> yields() {
  co_await mp::yield();
  co_return 1;
}
mp::task<> adds(std::atomic<int>& sum) {
  sum += 1;
  co_return;
}

// A branch, an awaited branch, a callable child and a task child, each run by the one worker.
void let_a_worker_steal(mp::thread_pool& pool) {
  countdown stolen(1);
  pool.join([&] { stolen.wait(); }, [&] { stolen.arrive(); });
  countdown awaited(1);
  const auto first = [&]() -> mp::task<> {
    awaited.wait();
    co_return;
  };
  const auto second = [&]() -> mp::task<> {
    awaited.arrive();
    co_return;
  };
  pool.sync_wait(mp::join(first(), second()));
  countdown children(2);
  pool.scope([&](mp::scope_ref s) {
    s.fork([&] { children.arrive(); });
    s.fork([&]() -> mp::task<> {
      children.arrive();
      co_return;
    });
    children.wait();
  });
}

}  // namespace

TEST_CASE("promise 9: no call allocates when its caller does everything") {
  mp::thread_pool pool({.num_threads = 0});
  int sum = 0;
  const auto count = [&] { return ++sum; };
  CHECK(allocations_of_warm([&] { pool.join(count, count); }) == 0);
  CHECK(allocations_of_warm([&] { pool.join(count, count, count, count, count, count); }) == 0);
  CHECK(allocations_of_warm([&] {
          pool.join([&] { mp::join(count, count); }, [&] { mp::join(count, count); });
        }) == 0);
  CHECK(allocations_of_warm([&] { sum += pool.sync_wait(one()); }) == 0);
  CHECK(allocations_of_warm([&] { sum += pool.sync_wait(yields()); }) == 0);
  CHECK(allocations_of_warm([&] { pool.sync_wait(mp::join(one(), one())); }) == 0);
  CHECK(allocations_of_warm([&] { pool.sync_wait(mp::join(yields(), count, yields())); }) == 0);
  CHECK(allocations_of_warm([&] {
          pool.scope([&](mp::scope_ref s) {
            for (int i = 0; i < 50; ++i) s.fork(count);
          });
        }) == 0);
  CHECK(allocations_of_warm([&] {
          pool.scope([&](mp::scope_ref s) {
            for (int i = 0; i < 50; ++i) s.fork(yields());
          });
        }) == 0);
  CHECK(allocations_of_warm([&] {
          pool.sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
            for (int i = 0; i < 50; ++i) s.fork([&] { return yields(); });
            co_await mp::yield();
          }));
        }) == 0);
  CHECK(sum > 0);
}

TEST_CASE("promise 9: a coroutine that visits another pool allocates nothing once warm") {
  mp::thread_pool pool({.num_threads = 0});
  mp::thread_pool other({.num_threads = 0});
  CHECK(allocations_of_warm([&] {
          pool.sync_wait([&]() -> mp::task<> {
            co_await mp::resume_on(other);
            static_cast<void>(co_await yields());
            co_await mp::resume_on(pool);
          });
        }) == 0);
}

TEST_CASE("promise 9: an awaitable that resumes elsewhere costs no allocation of ours") {
  mp::thread_pool pool({.num_threads = 0});
  CHECK(allocations_of_warm([&] {
          pool.sync_wait([]() -> mp::task<int> {
            co_return co_await micropool_test::inline_resume{1} +
                co_await micropool_test::not_suspended{1} + co_await micropool_test::own_handle{1};
          });
        }) == 0);
}

namespace {

// The allocations of 500 rounds. How long it takes until both threads have blocks of each size
// depends on who comes when, so there are up to 20 series, of which one has to get by without the
// heap. Blocks that are not reused cost one allocation or more in each round.
std::uint64_t allocations_of_steals_once_warm(mp::thread_pool& pool) {
  std::uint64_t allocations = 1;
  for (int series = 0; series < 20 && allocations != 0; ++series) {
    const allocation_count during;
    for (int i = 0; i < 500; ++i) let_a_worker_steal(pool);
    allocations = during.so_far();
  }
  return allocations;
}

}  // namespace

TEST_CASE("promise 9: branches and children that a worker steals allocate nothing once warm") {
  // What the caller allocates the worker frees; with a short list it gives blocks back soon.
  mp::thread_pool pool({.num_threads = 1, .frame_cache = {.per_thread = 4096}});
  CHECK(allocations_of_steals_once_warm(pool) == 0);
}

TEST_CASE("promise 9: a store full of blocks of one size does not end the reuse of others") {
  // In a process whose store no thread has filled before.
  const auto child = micropool_test::run_as_child("child: fills the store with one size");
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, micropool_test::contains("store filled"));
}

TEST_CASE("child: fills the store with one size", "[.child]") {
  mp::thread_pool pool({.num_threads = 1, .frame_cache = {.per_thread = 4096, .shared = 65536}});
  std::atomic<int> sum{0};
  // More children at once than the store has room for, of a size that nothing below has.
  pool.scope([&](mp::scope_ref s) {
    const std::array<char, 700> large{};
    for (int i = 0; i < 2000; ++i) s.fork([large, &sum] { sum += large[0] + 1; });
  });
  REQUIRE(sum == 2000);
  std::printf("store filled\n");
  CHECK(allocations_of_steals_once_warm(pool) == 0);
}

TEST_CASE("promise 9: callers from outside that come back allocate nothing") {
  mp::thread_pool pool({.num_threads = 2});
  // One after the other, since the count is that of all threads.
  for (int i = 0; i < 4; ++i) {
    std::uint64_t allocations = ~std::uint64_t{0};
    std::thread([&] {
      allocations = allocations_of_warm([&] { pool.join([] { return 1; }, [] { return 2; }); });
    }).join();
    CHECK(allocations == 0);
  }
}

TEST_CASE("promise 9: what the counter counts is there") {
  mp::thread_pool pool({.num_threads = 0});
  std::atomic<int> sum{0};
  // join_all has a vector for its results: the one exception that docs/guarantees.md names.
  const std::array<int (*)(), 2> range{[] { return 1; }, [] { return 2; }};
  CHECK(allocations_of_warm([&] { static_cast<void>(pool.join_all(range)); }) == 100);
  // So is a callable above 32 KiB.
  CHECK(allocations_of_warm([&] {
          std::array<char, 40000> large{};
          pool.scope([&](mp::scope_ref s) { s.fork([large, &sum] { sum += large[0] + 1; }); });
        }) == 100);
  pool.sync_wait(adds(sum));
  CHECK(sum == 102);
}
