// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 9 for background tasks, counted: a spawn takes one block from the heap at most, and none
// once blocks of its size have come back.
#include "allocation_counter.hpp"
#include "catch.hpp"
#include "gate.hpp"
#include "warm.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mp = micropool;
using micropool_test::allocation_count;
using micropool_test::allocations_of_warm;
using micropool_test::countdown;

namespace {

mp::task<int> one() { co_return 1; }
mp::task<int> awaits(const mp::shared_task<int>& t) { co_return co_await t; }

constexpr std::size_t tasks = 1000;

}  // namespace

TEST_CASE("promise 9: a spawn allocates one block at most when nothing is warm") {
  mp::thread_pool pool({.num_threads = 0});
  std::vector<mp::owned_task<int>> handles;
  handles.reserve(2 * tasks);
  pool.join([] {}, [] {});  // this thread's place in the pool
  // It has a size that nothing else in this program has.
  const std::array<char, 1500> large{1};
  const allocation_count callables;
  for (std::size_t i = 0; i < tasks; ++i) {
    handles.push_back(pool.spawn_owned([large] { return static_cast<int>(large[0]); }));
  }
  CHECK(callables.so_far() <= tasks);
  // The frame is allocated before, where the coroutine is called.
  std::vector<mp::task<int>> coroutines;
  for (std::size_t i = 0; i < tasks; ++i) coroutines.push_back(one());
  const allocation_count of_coroutines;
  for (auto& c : coroutines) handles.push_back(pool.spawn_owned(std::move(c)));
  CHECK(of_coroutines.so_far() <= tasks);
  // Running them allocates nothing.
  const allocation_count afterwards;
  int sum = 0;
  for (auto& h : handles) sum += h.join();
  CHECK(sum == 2 * tasks);
  CHECK(afterwards.so_far() == 0);
}

TEST_CASE("promise 9: spawning and waiting allocate nothing once warm") {
  mp::thread_pool pool({.num_threads = 0});
  int sum = 0;
  const auto count = [&] { return ++sum; };
  CHECK(allocations_of_warm([&] { pool.spawn_owned(count).join(); }) == 0);
  CHECK(allocations_of_warm([&] { pool.spawn_shared(count).join(); }) == 0);
  CHECK(allocations_of_warm([&] { pool.spawn_owned(one()).join(); }) == 0);
  CHECK(allocations_of_warm([&] { pool.spawn_owned(count).help(); }) == 0);
  CHECK(allocations_of_warm([&] { pool.spawn_owned(count).cancel(); }) == 0);
  CHECK(allocations_of_warm([&] { pool.spawn_shared(one()).cancel(); }) == 0);
  CHECK(allocations_of_warm([&] { sum += pool.sync_wait(pool.spawn_owned(one())); }) == 0);
  CHECK(allocations_of_warm([&] { sum += pool.sync_wait(awaits(pool.spawn_shared(one()))); }) == 0);
  CHECK(sum > 0);
}

TEST_CASE("promise 9: tasks that a worker runs allocate nothing once warm") {
  // What this thread allocates the worker frees; with a short list it gives blocks back soon.
  mp::thread_pool pool({.num_threads = 1, .frame_cache = {.per_thread = 4096}});
  const auto spawn_some = [&] {
    countdown all(8);
    for (int i = 0; i < 4; ++i) {
      static_cast<void>(pool.spawn_owned([&] { all.arrive(); }));
      static_cast<void>(pool.spawn_shared([](countdown& c) -> mp::task<> {
        c.arrive();
        co_return;
      }(all)));
    }
    all.wait();
  };
  // How many blocks are out at once depends on when the worker gives them back, so no number of
  // rounds is certain to have seen the most. One of up to 20 series has to get by without the heap.
  std::uint64_t allocations = 1;
  for (int series = 0; series < 20 && allocations != 0; ++series) {
    const allocation_count during;
    for (int i = 0; i < 500; ++i) spawn_some();
    allocations = during.so_far();
  }
  CHECK(allocations == 0);
}

TEST_CASE("promise 9: warm stackful tasks that wait and join allocate nothing") {
  mp::thread_pool pool({.num_threads = 0});
  const auto plain = [] {
    auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
    mp::await(mp::yield());
    return a + b + mp::await(one());
  };
  CHECK(allocations_of_warm([&] {
          pool.sync_wait(mp::stackful(plain));
          pool.spawn_owned(mp::stackful(plain)).join();
        }) == 0);
}
