// SPDX-License-Identifier: MIT OR Apache-2.0
// cancel(): true exactly if the task will never run; what it would have run goes at once.
#include "catch.hpp"
#include "ended.hpp"
#include "gate.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<> counts(std::atomic<int>& runs, mt::tracked) {
  ++runs;
  co_return;
}

}  // namespace

TEST_CASE("a cancelled task never runs, and its callable or frame is gone when cancel returns") {
  const std::size_t workers = GENERATE(0u, 1u, 2u);
  CAPTURE(workers);
  mt::census census;
  std::atomic<int> runs{0};
  mp::thread_pool pool({.num_threads = workers});
  mt::busy_workers busy(pool);
  auto callable = pool.spawn_owned([&, life = mt::tracked(census)] { ++runs; });
  auto coroutine = pool.spawn_owned(counts(runs, mt::tracked(census)));
  auto shared = pool.spawn_shared(counts(runs, mt::tracked(census)));
  CHECK(census.alive() == 3);
  CHECK(callable.cancel());
  CHECK(census.alive() == 2);
  CHECK(coroutine.cancel());
  CHECK(census.alive() == 1);
  CHECK(shared.cancel());
  CHECK(census.alive() == 0);
  CHECK_FALSE(callable);
  CHECK_FALSE(coroutine);
  CHECK_FALSE(shared);
  busy.release();
  pool.shutdown();
  CHECK(runs == 0);
}

TEST_CASE("cancelling one task leaves those around it") {
  mp::thread_pool pool({.num_threads = 0});
  std::vector<int> order;
  std::vector<mp::owned_task<void>> tasks;
  for (int i = 0; i < 9; ++i)
    tasks.push_back(pool.spawn_owned([&order, i] { order.push_back(i); }));
  for (const std::size_t i : {0u, 4u, 3u, 8u}) CHECK(tasks[i].cancel());
  pool.shutdown();
  CHECK(order == std::vector{1, 2, 5, 6, 7});
}

TEST_CASE("a task that has started is not cancelled but detached") {
  mt::gate gate;
  std::atomic<int> ends{0};
  mp::thread_pool pool({.num_threads = 1});
  auto t = pool.spawn_owned([&] {
    gate.pass();
    ++ends;
  });
  gate.wait_for_arrivals(1);
  CHECK_FALSE(t.cancel());
  CHECK_FALSE(t);
  gate.open();
  pool.shutdown();
  CHECK(ends == 1);
}

TEST_CASE("a task that has ended is not cancelled, and its result goes") {
  const std::size_t workers = GENERATE(0u, 1u);
  mt::census census;
  mp::thread_pool pool({.num_threads = workers});
  auto t = pool.spawn_owned([&] { return mt::tracked(census); });
  mt::until_ended(t);
  CHECK(census.alive() == 1);
  CHECK_FALSE(t.cancel());
  // The worker that ran it may be the last to let go of it.
  pool.shutdown();
  CHECK(census.alive() == 0);
}

TEST_CASE("a shared task is cancelled when no other handle is left") {
  const std::size_t workers = GENERATE(0u, 1u);
  mt::census census;
  std::atomic<int> runs{0};
  mp::thread_pool pool({.num_threads = workers});
  mt::busy_workers busy(pool);
  const auto spawn = [&] { return pool.spawn_shared(counts(runs, mt::tracked(census))); };
  SECTION("by dropping the others") {
    auto a = spawn();
    auto b = a;
    auto c = a;
    CHECK_FALSE(a.cancel());
    b = {};
    CHECK(census.alive() == 1);
    c = {};
    CHECK(census.alive() == 0);
  }
  SECTION("by cancelling the last one") {
    auto a = spawn();
    auto b = a;
    CHECK_FALSE(a.cancel());
    CHECK(b.cancel());
    CHECK(census.alive() == 0);
  }
  SECTION("also if the last one only was dropped before") {
    auto a = spawn();
    { const auto b = a; }
    CHECK(a.cancel());
    CHECK(census.alive() == 0);
  }
  busy.release();
  pool.shutdown();
  CHECK(runs == 0);
}

TEST_CASE("a shared task that one handle wants cancelled still runs for the others") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const int result = here.run([] {
    auto a = mp::spawn_shared([] { return 8; });
    const auto b = a;
    a.cancel();
    return b.join();
  });
  CHECK(result == 8);
}

TEST_CASE("a shared task whose handles are dropped without cancel() runs") {
  const std::size_t workers = GENERATE(0u, 1u);
  std::atomic<int> runs{0};
  mt::census census;
  {
    mp::thread_pool pool({.num_threads = workers});
    auto a = pool.spawn_shared(counts(runs, mt::tracked(census)));
    const auto b = a;
  }
  CHECK(runs == 1);
  CHECK(census.alive() == 0);
}

TEST_CASE("tasks that are cancelled while workers start them run exactly if cancel said so") {
  const std::size_t workers = GENERATE(1u, 2u, 4u);
  CAPTURE(workers);
  constexpr std::size_t count = 4000;
  mt::census census;
  std::vector<std::atomic<int>> runs(count);
  std::vector<char> never(count);
  {
    mp::thread_pool pool({.num_threads = workers});
    std::vector<mp::owned_task<void>> tasks;
    mt::countdown together(3);
    for (std::size_t i = 0; i < count; ++i) {
      tasks.push_back(i % 2 == 0
                          ? pool.spawn_owned([&runs, i, life = mt::tracked(census)] { ++runs[i]; })
                          : pool.spawn_owned(counts(runs[i], mt::tracked(census))));
    }
    const auto cancel_every_second = [&](std::size_t from) {
      together.arrive_and_wait();
      for (std::size_t i = from; i < count; i += 2) never[i] = tasks[i].cancel() ? 1 : 0;
    };
    std::thread first(cancel_every_second, 0);
    std::thread second(cancel_every_second, 1);
    together.arrive();
    first.join();
    second.join();
  }
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < count; ++i) wrong += runs[i] != (never[i] != 0 ? 0 : 1) ? 1 : 0;
  CHECK(wrong == 0);
  CHECK(census.alive() == 0);
}
