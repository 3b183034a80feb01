// SPDX-License-Identifier: MIT OR Apache-2.0
// stats: who took part and what each did.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"

#include <micropool/micropool.hpp>

#include <cstddef>
#include <set>
#include <thread>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::participant_stats guests_of(const mp::thread_pool& pool) {
  mp::participant_stats sum;
  for (const auto& p : pool.stats().participants) {
    if (!p.is_worker) sum += p;
  }
  return sum;
}

mp::participant_stats workers_of(const mp::thread_pool& pool) {
  mp::participant_stats sum;
  for (const auto& p : pool.stats().participants) {
    if (p.is_worker) sum += p;
  }
  return sum;
}

}  // namespace

TEST_CASE("the participants are the workers first, each with its index, then the guests") {
  mp::thread_pool pool({.num_threads = 3});
  CHECK(pool.stats().participants.size() == 3);
  pool.join([] {}, [] {});
  std::thread([&] { pool.join([] {}, [] {}); }).join();
  const auto all = pool.stats().participants;
  REQUIRE(all.size() >= 4);
  std::set<std::size_t> guests;
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].is_worker == (i < 3));
    if (i < 3) {
      CHECK(all[i].index == i);
    } else {
      guests.insert(all[i].index);
    }
  }
  CHECK(guests.size() == all.size() - 3);
}

TEST_CASE("a pool that did nothing has run, stolen and helped nothing") {
  const mp::thread_pool pool({.num_threads = 2});
  const auto sum = pool.stats().total();
  CHECK(sum.jobs_run == 0);
  CHECK(sum.jobs_stolen == 0);
  CHECK(sum.jobs_helped == 0);
}

TEST_CASE("the total is the sum of the participants") {
  mp::thread_pool pool({.num_threads = 2});
  mt::meet_all_workers(pool);
  pool.shutdown();
  const auto stats = pool.stats();
  mp::participant_stats sum;
  for (const auto& p : stats.participants) {
    sum.jobs_run += p.jobs_run;
    sum.jobs_stolen += p.jobs_stolen;
    sum.jobs_helped += p.jobs_helped;
    sum.sleeps += p.sleeps;
    sum.wakeups_sent += p.wakeups_sent;
  }
  const auto total = stats.total();
  CHECK(total.jobs_run == sum.jobs_run);
  CHECK(total.jobs_stolen == sum.jobs_stolen);
  CHECK(total.jobs_helped == sum.jobs_helped);
  CHECK(total.sleeps == sum.sleeps);
  CHECK(total.wakeups_sent == sum.wakeups_sent);
  CHECK(total.jobs_run >= 2);
}

TEST_CASE("a branch that a worker takes is counted as stolen and run by a worker") {
  mp::thread_pool pool({.num_threads = 1});
  constexpr std::uint64_t rounds = 20;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    mt::countdown stolen(1);
    pool.join([&] { stolen.wait(); }, [&] { stolen.arrive(); });
  }
  pool.shutdown();
  CHECK(workers_of(pool).jobs_run == rounds);
  CHECK(workers_of(pool).jobs_stolen == rounds);
  CHECK(guests_of(pool).jobs_run == 0);
}

TEST_CASE("branches that run inline count as nothing") {
  mp::thread_pool pool({.num_threads = 0});
  for (int i = 0; i < 100; ++i) pool.join([] {}, [] {}, [] {});
  CHECK(pool.stats().total().jobs_run == 0);
}

TEST_CASE("what a blocked caller runs is counted as helped") {
  mp::thread_pool pool({.num_threads = 0});
  const auto yields = []() -> mp::task<> {
    for (int i = 0; i < 10; ++i) co_await mp::yield();
  };
  pool.sync_wait(yields());
  CHECK(guests_of(pool).jobs_helped == 10);
  CHECK(guests_of(pool).jobs_run == 10);
}

TEST_CASE("a caller that waits for long is counted as asleep") {
  mp::thread_pool pool({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(0)});
  mt::event e;
  std::thread caller([&] { pool.sync_wait([&]() -> mp::task<> { co_await e; }); });
  while (guests_of(pool).sleeps == 0) std::this_thread::yield();
  while (workers_of(pool).sleeps == 0) std::this_thread::yield();
  e.fire();
  caller.join();
  CHECK(guests_of(pool).sleeps >= 1);
}
