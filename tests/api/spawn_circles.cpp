// SPDX-License-Identifier: MIT OR Apache-2.0
// Tasks that wait for each other in a circle never end. Where debug checks are on, the wait that closes
// the circle says so.
#include "catch.hpp"
#include "child_process.hpp"
#include "gate.hpp"

#include <micropool/build_config.hpp>
#include <micropool/micropool.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using handle = mp::shared_task<int>;

// Some tasks that know each other's handles, and begin when all of these are there.
struct circle {
  explicit circle(std::size_t n) : tasks(n) {}
  mt::gate ready;
  std::vector<std::optional<handle>> tasks;
};

#if MICROPOOL_DEBUG_CHECKS
void spawn_blocking(mp::thread_pool& pool, circle& c, std::size_t i, std::size_t next) {
  c.tasks[i] = pool.spawn_shared([&c, next] {
    c.ready.pass();
    return c.tasks[next]->join();
  });
}

mp::task<int> awaits(circle& c, std::size_t next) {
  c.ready.pass();
  co_return co_await *c.tasks[next];
}

void spawn_awaiting(mp::thread_pool& pool, circle& c, std::size_t i, std::size_t next) {
  c.tasks[i] = pool.spawn_shared(awaits(c, next));
}
#endif

}  // namespace

#if MICROPOOL_DEBUG_CHECKS
TEST_CASE("tasks that wait for each other in a circle are reported where debug checks are on") {
  const std::string kind = GENERATE("itself that another thread joins", "itself by a branch",
                                    "two by joins", "two by awaits", "two by a join and an await",
                                    "two in place", "three on two pools", "two stackful");
  CAPTURE(kind);
  const auto child = mt::run_as_child("child: a circle of " + kind);
  CAPTURE(child.output);
  CHECK(child.aborted());
  CHECK_THAT(child.output, mt::contains("can never return"));
  CHECK_THAT(child.output, mt::contains("the task spawned at"));
  CHECK_THAT(child.output, mt::contains("spawn_circles.cpp:"));
  CHECK_THAT(child.output, mt::contains("let no task wait for itself"));
}

TEST_CASE("child: a circle of itself that another thread joins", "[.child]") {
  mp::thread_pool pool({.num_threads = 1});
  circle c(1);
  spawn_blocking(pool, c, 0, 0);
  c.ready.wait_for_arrivals(1);
  // Lifts the task before it joins.
  std::thread joins([&] { c.tasks[0]->join(); });
  while (pool.stats().participants.size() < 2) std::this_thread::yield();
  c.ready.open();
  joins.join();
}

TEST_CASE("child: a circle of itself by a branch", "[.child]") {
  mp::thread_pool pool({.num_threads = 2});
  circle c(1);
  mt::gate stolen;
  c.tasks[0] = pool.spawn_shared([&] {
    c.ready.pass();
    return std::get<1>(mp::join([&] { return stolen.wait_for_arrivals(1), stolen.pass(), 0; },
                                [&] {
                                  stolen.open();
                                  stolen.pass();
                                  return c.tasks[0]->join();
                                }));
  });
  c.ready.open();
  c.tasks[0]->join();
}

TEST_CASE("child: a circle of two by joins", "[.child]") {
  mp::thread_pool pool({.num_threads = 2});
  circle c(2);
  spawn_blocking(pool, c, 0, 1);
  spawn_blocking(pool, c, 1, 0);
  c.ready.wait_for_arrivals(2);
  c.ready.open();
  c.tasks[0]->join();
}

TEST_CASE("child: a circle of two by awaits", "[.child]") {
  mp::thread_pool pool({.num_threads = 2});
  circle c(2);
  spawn_awaiting(pool, c, 0, 1);
  spawn_awaiting(pool, c, 1, 0);
  c.ready.open();
  c.tasks[0]->join();
}

TEST_CASE("child: a circle of two by a join and an await", "[.child]") {
  mp::thread_pool pool({.num_threads = 2});
  circle c(2);
  spawn_awaiting(pool, c, 0, 1);
  spawn_blocking(pool, c, 1, 0);
  c.ready.open();
  c.tasks[1]->join();
}

TEST_CASE("child: a circle of two in place", "[.child]") {
  mp::thread_pool pool({.num_threads = 0});
  circle c(2);
  spawn_blocking(pool, c, 0, 1);
  spawn_blocking(pool, c, 1, 0);
  c.ready.open();
  c.tasks[0]->join();
}

TEST_CASE("child: a circle of three on two pools", "[.child]") {
  mp::thread_pool pool({.num_threads = 2});
  mp::thread_pool other({.num_threads = 1});
  circle c(3);
  spawn_blocking(pool, c, 0, 1);
  spawn_awaiting(other, c, 1, 2);
  spawn_blocking(pool, c, 2, 0);
  c.ready.open();
  c.tasks[1]->join();
}

TEST_CASE("child: a circle of two stackful", "[.child]") {
  mp::thread_pool pool({.num_threads = 2});
  circle c(2);
  for (std::size_t i = 0; i < 2; ++i) {
    c.tasks[i] = pool.spawn_shared(mp::stackful([&c, i] {
      c.ready.pass();
      return c.tasks[1 - i]->join();
    }));
  }
  c.ready.open();
  c.tasks[0]->join();
}
#endif

TEST_CASE("tasks that wait for each other without a circle end") {
  mp::thread_pool pool({.num_threads = 2});
  // A lattice: each task waits for two of the row before.
  constexpr std::size_t rows = 30;
  constexpr std::size_t columns = 10;
  std::vector<handle> tasks;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < columns; ++i) {
      if (r == 0) {
        tasks.push_back(pool.spawn_shared([] { return 1; }));
        continue;
      }
      const auto a = tasks[(r - 1) * columns + i];
      const auto b = tasks[(r - 1) * columns + (i + 1) % columns];
      if ((r + i) % 2 == 0) {
        tasks.push_back(pool.spawn_shared([a, b] { return (a.join() + b.join()) % 1000; }));
      } else {
        tasks.push_back(pool.spawn_shared([](handle x, handle y) -> mp::task<int> {
          const int sum = co_await x;
          co_return (sum + co_await y) % 1000;
        }(a, b)));
      }
    }
  }
  int expected = 1;
  for (std::size_t r = 1; r < rows; ++r) expected = expected * 2 % 1000;
  for (std::size_t i = 0; i < columns; ++i) CHECK(tasks[(rows - 1) * columns + i].join() == expected);
}
