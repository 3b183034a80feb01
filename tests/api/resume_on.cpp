// SPDX-License-Identifier: MIT OR Apache-2.0
// resume_on, yield and yield_now.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

TEST_CASE("a task goes on on the pool it asks for and back again") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const std::size_t others = GENERATE(0u, 1u, 3u);
  CAPTURE(where, others);
  mt::place here(where);
  mp::thread_pool other({.num_threads = others});
  int wrong = 0;
  for (int round = 0; round < 30; ++round) {
    const int visits = here.run([&] {
      const auto walks = [&]() -> mp::task<int> {
        int right = 0;
        for (int i = 0; i < 5; ++i) {
          co_await mp::resume_on(other);
          right += &mp::current_pool() == &other ? 1 : 0;
          co_await mp::resume_on(other);
          right += &mp::current_pool() == &other ? 1 : 0;
          co_await mp::resume_on(here.pool);
          right += &mp::current_pool() == &here.pool ? 1 : 0;
        }
        co_return right;
      };
      return mp::sync_wait(walks());
    });
    if (visits != 15) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("resume_on the pool where the task is goes on at once on the same thread") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const bool same = here.run([&] {
    const auto stays = [&]() -> mp::task<bool> {
      const auto before = std::this_thread::get_id();
      co_await mp::resume_on(here.pool);
      co_return std::this_thread::get_id() == before;
    };
    return mp::sync_wait(stays());
  });
  CHECK(same);
}

TEST_CASE("what a task forks after resume_on runs on the new pool, its awaiter stays on the old") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const std::size_t others = GENERATE(0u, 2u);
  CAPTURE(where, others);
  mt::place here(where);
  mp::thread_pool other({.num_threads = others});
  mt::foreign_thread elsewhere;
  std::atomic<int> wrong{0};
  const auto on_other = [&]() -> mp::task<int> {
    co_await elsewhere.resume_here();
    if (&mp::current_pool() != &other) ++wrong;
    co_return 1;
  };
  const auto moves = [&]() -> mp::task<int> {
    co_await mp::resume_on(other);
    const auto [a, b, c] = co_await mp::join(on_other(), on_other(), on_other());
    int n = a + b + c;
    co_await mp::scope([&](mp::scope_ref s) -> mp::task<> {
      s.fork(on_other());
      s.fork(on_other());
      co_return;
    });
    n += co_await on_other();
    // Its end takes the awaiter home, whether it returns or throws.
    if (n != 4) throw mt::numbered_error(n);
    co_return n;
  };
  const auto awaits = [&]() -> mp::task<int> {
    const int n = co_await moves();
    if (&mp::current_pool() != &here.pool) ++wrong;
    const auto [a, b] = co_await mp::join(moves(), moves());
    if (&mp::current_pool() != &here.pool) ++wrong;
    co_return n + a + b;
  };
  for (int round = 0; round < 30; ++round) {
    REQUIRE(here.run([&] { return mp::sync_wait(awaits()); }) == 12);
  }
  CHECK(wrong == 0);
}

TEST_CASE("a task that throws on another pool brings its exception home") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const std::size_t others = GENERATE(0u, 1u);
  CAPTURE(where, others);
  mt::place here(where);
  mp::thread_pool other({.num_threads = others});
  const auto fails = [&](int n) -> mp::task<> {
    co_await mp::resume_on(other);
    throw mt::numbered_error(n);
  };
  const int number = here.run([&] {
    return mt::thrown_by([&] {
      mp::sync_wait(mp::join(fails(3), fails(4), [] {}));
      return 0;
    });
  });
  CHECK(number == 3);
  CHECK(here.run([&] {
    return mt::thrown_by([&] {
      mp::scope([&](mp::scope_ref s) {
        s.fork([] {});
        s.fork(fails(5));
        s.fork(fails(6));
      });
      return 0;
    });
  }) == 5);
}

TEST_CASE("yield lets everything that is ready go first") {
  // Without workers the order is fixed: each yield goes behind what the other branch made ready.
  mp::thread_pool pool({.num_threads = 0});
  std::string order;
  const auto branch = [&](char name) -> mp::task<> {
    for (int i = 0; i < 3; ++i) {
      order += name;
      co_await mp::yield();
    }
  };
  pool.sync_wait(mp::join(branch('a'), branch('b'), branch('c')));
  CHECK(order == "abcabcabc");
}

TEST_CASE("a task may yield any number of times") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> steps{0};
  std::atomic<int> elsewhere{0};
  here.run([&] {
    const auto yields = [&]() -> mp::task<> {
      for (int i = 0; i < 1000; ++i) {
        ++steps;
        co_await mp::yield();
        if (&mp::current_pool() != &here.pool) ++elsewhere;
      }
    };
    mp::sync_wait(mp::join(yields(), yields(), yields()));
  });
  CHECK(steps == 3000);
  CHECK(elsewhere == 0);
}

TEST_CASE("two tasks that wait for each other by yielding both end") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> turn{0};
  here.run([&] {
    const auto plays = [&](int parity) -> mp::task<> {
      for (int i = 0; i < 100; ++i) {
        while (turn % 2 != parity) co_await mp::yield();
        ++turn;
      }
    };
    mp::sync_wait(mp::join(plays(0), plays(1)));
  });
  CHECK(turn == 200);
}

TEST_CASE("yield_now returns on every thread") {
  mp::yield_now();
  mp::thread_pool pool({.num_threads = 1});
  const auto in_a_task = []() -> mp::task<> {
    mp::yield_now();
    co_return;
  };
  pool.join([] { mp::yield_now(); }, [] { mp::yield_now(); });
  pool.sync_wait(in_a_task());
  CHECK(pool.join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2));
}
