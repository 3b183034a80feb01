// SPDX-License-Identifier: MIT OR Apache-2.0
// pool_options::background_limit bounds how many workers run background work at the same time.
#include "catch.hpp"
#include "ended.hpp"
#include "foreign.hpp"
#include "gate.hpp"
#include "place.hpp"
#include "scale.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

TEST_CASE("as many workers as the limit allows run background work at once, and no more") {
  const std::size_t limit = GENERATE(1u, 2u, 3u);
  CAPTURE(limit);
  constexpr std::size_t workers = 4;
  mp::thread_pool pool({.num_threads = workers, .background_limit = limit});
  mt::gate gate;
  const mt::open_at_exit at_exit(gate);
  std::vector<mp::owned_task<void>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(pool.spawn_owned([&] { gate.pass(); }));
  gate.wait_for_arrivals(limit);
  // The others are there for foreground work, and still leave the queue alone afterwards.
  for (int round = 0; round < 20; ++round) {
    mt::countdown rest(workers - limit + 1);
    pool.scope([&](mp::scope_ref s) {
      for (std::size_t i = limit; i < workers; ++i) s.fork([&] { rest.arrive_and_wait(); });
      rest.arrive_and_wait();
    });
  }
  CHECK(gate.arrivals() == limit);
  gate.open();
  for (auto& t : tasks) t.join();
}

TEST_CASE("under the limit short tasks never run on more workers at once") {
  const std::size_t limit = GENERATE(1u, 2u);
  CAPTURE(limit);
  mp::thread_pool pool({.num_threads = 4, .background_limit = limit});
  std::atomic<std::size_t> running{0};
  std::atomic<std::size_t> too_many{0};
  constexpr int count = mt::sized(5000, 20);
  mt::countdown all(2 * count);
  const auto body = [&] {
    if (++running > limit) ++too_many;
    --running;
    all.arrive();
  };
  const auto resumes = [&]() -> mp::task<> {
    co_await mp::yield();
    body();
  };
  for (int i = 0; i < count; ++i) {
    static_cast<void>(pool.spawn_owned(body));
    static_cast<void>(pool.spawn_owned(resumes));
  }
  all.wait();
  CHECK(too_many == 0);
}

TEST_CASE("what waits for a place is started when one is given back, if all workers sleep too") {
  mp::thread_pool pool(
      {.num_threads = 2, .idle_spin = std::chrono::nanoseconds(0), .background_limit = 1});
  for (int round = 0; round < mt::sized(1000, 5); ++round) {
    mt::countdown all(3);
    for (int i = 0; i < 3; ++i) static_cast<void>(pool.spawn_owned([&] { all.arrive(); }));
    all.wait();
    // No thread helps: a wake-up that got lost would be a hang.
    if (round % 10 == 0) mt::meet_all_workers(pool);
  }
}

TEST_CASE("a background task that suspends gives its place to another") {
  mp::thread_pool pool({.num_threads = 2, .background_limit = 1});
  mt::event e;
  auto suspends = pool.spawn_owned([&]() -> mp::task<> { co_await e; });
  e.wait_for_waiter();
  const auto other = pool.spawn_owned([] {});
  mt::watch_until_ended(other);
  e.fire();
  mt::watch_until_ended(suspends);
}

TEST_CASE("with a limit of zero no worker runs background work, but those who wait for it do") {
  const std::size_t workers = GENERATE(0u, 1u, 2u, 4u);
  CAPTURE(workers);
  std::atomic<int> runs{0};
  {
    mp::thread_pool pool({.num_threads = workers, .background_limit = 0});
    const auto count = [&] { return ++runs; };
    const auto count_task = [&]() -> mp::task<int> {
      co_await mp::yield();
      co_return ++runs;
    };
    std::vector<mp::owned_task<int>> dropped;
    for (int i = 0; i < 100; ++i) dropped.push_back(pool.spawn_owned(count));
    mt::meet_all_workers(pool);
    CHECK(runs == 0);
    CHECK(pool.spawn_owned(count).join() == 1);
    CHECK(pool.spawn_owned(count_task).join() == 2);
    CHECK(pool.sync_wait(pool.spawn_owned(count_task)) == 3);
    auto helped = pool.spawn_owned(count);
    helped.help();
    CHECK(helped.join() == 4);
    CHECK(std::get<1>(
              pool.join([] { return 0; }, [&] { return pool.spawn_owned(count).join(); })) == 5);
    CHECK(runs == 5);
  }
  CHECK(runs == 105);
}

TEST_CASE("a limit beyond the number of workers limits nothing") {
  mp::thread_pool pool({.num_threads = 2, .background_limit = 100});
  mt::countdown both(2);
  auto first = pool.spawn_owned([&] { both.arrive_and_wait(); });
  auto second = pool.spawn_owned([&] { both.arrive_and_wait(); });
  mt::watch_until_ended(first);
  mt::watch_until_ended(second);
}

TEST_CASE("a joined task is foreground work and needs no place") {
  mp::thread_pool pool({.num_threads = 2, .background_limit = 1});
  mt::gate gate;
  const mt::open_at_exit at_exit(gate);
  const auto holds_the_place = pool.spawn_owned([&] { gate.pass(); });
  gate.wait_for_arrivals(1);
  // Both halves at once: the caller's, and a fork that the free worker may take.
  auto t = pool.spawn_owned([] {
    mt::countdown both(2);
    mp::join([&] { both.arrive_and_wait(); }, [&] { both.arrive_and_wait(); });
  });
  t.join();
  CHECK_FALSE(holds_the_place.complete());
}
