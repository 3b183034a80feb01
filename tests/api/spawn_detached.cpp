// SPDX-License-Identifier: MIT OR Apache-2.0
// Dropping a handle detaches its task, which still runs.
#include "catch.hpp"
#include "ended.hpp"
#include "foreign.hpp"
#include "gate.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<mt::tracked> arrives(mt::countdown& c, mt::tracked life) {
  c.arrive();
  co_return life;
}

}  // namespace

TEST_CASE("dropped tasks run while the pool lives") {
  const std::size_t workers = GENERATE(1u, 2u, 4u);
  CAPTURE(workers);
  mt::census census;
  {
    mp::thread_pool pool({.num_threads = workers});
    mt::countdown all(400);
    for (int i = 0; i < 100; ++i) {
      static_cast<void>(pool.spawn_owned([&, life = mt::tracked(census)] { all.arrive(); }));
      static_cast<void>(pool.spawn_owned(arrives(all, mt::tracked(census))));
      static_cast<void>(pool.spawn_shared([&] { return arrives(all, mt::tracked(census)); }));
      const auto first = pool.spawn_shared(arrives(all, mt::tracked(census)));
      const auto second = first;
    }
    all.wait();
  }
  CHECK(census.alive() == 0);
}

TEST_CASE("a task that is dropped while it runs or waits comes to its end") {
  mt::census census;
  std::atomic<int> ends{0};
  mp::thread_pool pool({.num_threads = 1});
  mt::event e;
  mt::gate gate;
  const auto suspends = [&](mt::tracked) -> mp::task<> {
    co_await e;
    ++ends;
  };
  {
    const auto waiting = pool.spawn_owned(suspends(mt::tracked(census)));
    e.wait_for_waiter();
    const auto running = pool.spawn_shared([&, life = mt::tracked(census)] {
      gate.pass();
      ++ends;
    });
    gate.wait_for_arrivals(1);
  }
  CHECK(ends == 0);
  gate.open();
  e.fire();
  pool.shutdown();
  CHECK(ends == 2);
  CHECK(census.alive() == 0);
}

TEST_CASE("the result of a dropped task is destroyed") {
  const std::size_t workers = GENERATE(0u, 1u);
  mt::census census;
  {
    mp::thread_pool pool({.num_threads = workers});
    static_cast<void>(pool.spawn_owned([&] { return mt::tracked(census); }));
    static_cast<void>(
        pool.spawn_shared([&]() -> mp::task<mt::tracked> { co_return mt::tracked(census); }));
  }
  CHECK(census.ever() >= 2);
  CHECK(census.alive() == 0);
}

TEST_CASE("a task may hold its own handle, and another task's") {
  mp::thread_pool pool({.num_threads = 1});
  mt::census census;
  mt::gate gate;
  {
    auto own = std::make_shared<mp::shared_task<int>>();
    *own = pool.spawn_shared([&, own, life = mt::tracked(census)] {
      gate.pass();
      return 1;
    });
    gate.wait_for_arrivals(1);
    static_cast<void>(pool.spawn_owned([held = *own, life = mt::tracked(census)] { held.join(); }));
  }
  gate.open();
  pool.shutdown();
  CHECK(census.ever() > 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("a handle may be dropped by the task's own continuation") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  here.run([&] {
    const auto awaits = [&]() -> mp::task<> {
      for (int i = 0; i < 100; ++i) {
        auto t = mp::spawn_shared([life = mt::tracked(census)] { return life; });
        co_await t;
        t = {};
      }
    };
    mp::sync_wait(awaits());
  });
  here.pool.shutdown();
  CHECK(census.alive() == 0);
}
