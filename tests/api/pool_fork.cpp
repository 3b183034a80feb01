// SPDX-License-Identifier: MIT OR Apache-2.0
// fork(): what the child may do with the pools of its parent, and calls that fork.
#include "catch.hpp"
#include "forked.hpp"
#include "forking.hpp"
#include "gate.hpp"

#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <tuple>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

TEST_CASE("after fork the workers of the parent's pool are there again in the child") {
  mp::thread_pool pool({.num_threads = 3});
  mt::meet(pool);
  CHECK(mt::in_child([&] {
    mt::meet(pool);
    return pool.sync_wait(mt::fib(12)) == 144 && pool.num_threads() == 3 ? 0 : 1;
  }) == 0);
  mt::meet(pool);
}

TEST_CASE("after fork a pool of the parent serves every kind of call in the child") {
  mp::thread_pool pool({.num_threads = 2});
  CHECK(mt::in_child([&] { return pool.join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2) ? 0 : 1; }) == 0);
  CHECK(mt::in_child([&] {
    std::atomic<int> n{0};
    pool.scope([&](mp::scope_ref s) {
      for (int i = 0; i < 50; ++i) s.fork([&] { ++n; });
    });
    return n == 50 ? 0 : 1;
  }) == 0);
  CHECK(mt::in_child([&] { return pool.spawn_owned(mt::fib(10)).join() == 55 ? 0 : 1; }) == 0);
  CHECK(mt::in_child([&] { return pool.spawn_shared([] { return 7; }).join() == 7 ? 0 : 1; }) == 0);
  CHECK(mt::in_child([&] {
    const auto body = [] { return mp::join([] { return 1; }, [] { return 2; }); };
    return pool.spawn_owned(mp::stackful(body)).join() == std::tuple(1, 2) ? 0 : 1;
  }) == 0);
  CHECK(mt::in_child([&] {
    const std::vector<int> ones(5000, 1);
    return pool.install([&] { return mp::par_iter(ones).sum(); }) == 5000 ? 0 : 1;
  }) == 0);
}

TEST_CASE("after fork the global pool serves the child") {
  mp::join([] {}, [] {});
  CHECK(mt::in_child([] {
    mt::meet(mp::current_pool());
    return mp::sync_wait(mt::fib(10)) == 55 ? 0 : 1;
  }) == 0);
}

TEST_CASE("after fork a child makes and ends pools of its own") {
  mp::thread_pool pool({.num_threads = 2});
  CHECK(mt::in_child([] {
    for (int i = 0; i < 5; ++i) {
      mp::thread_pool own({.num_threads = 2});
      mt::meet(own);
    }
    return 0;
  }) == 0);
}

TEST_CASE("a child of a child of fork has the pool as well") {
  mp::thread_pool pool({.num_threads = 2});
  CHECK(mt::in_child([&] {
    mt::meet(pool);
    return mt::in_child([&] {
      mt::meet(pool);
      return mt::in_child([&] {
        mt::meet(pool);
        return 0;
      });
    });
  }) == 0);
}

TEST_CASE("a worker that forks goes on as a worker in the child") {
  mp::thread_pool pool({.num_threads = 2});
  int result = -1;
  mt::countdown over(1);
  mt::detach(pool.spawn_owned([&] {
    const pid_t child = ::fork();
    if (child == 0) {
      mt::end_child_with([&] {
        mt::meet(pool);
        return mp::this_thread_index().has_value() && pool.sync_wait(mt::fib(10)) == 55 ? 0 : 1;
      });
    }
    result = mt::result_of_child(child);
    over.arrive();
  }));
  over.wait();
  CHECK(result == 0);
}

TEST_CASE("a stackful task that forks goes on in the child") {
  mp::thread_pool pool({.num_threads = 2});
  const auto body = [&] {
    const pid_t child = ::fork();
    if (child == 0) {
      mt::end_child_with([&] {
        const auto both = mp::join([] { return 1; }, [] { return 2; });
        return both == std::tuple(1, 2) && mp::await(mt::fib(10)) == 55 ? 0 : 1;
      });
    }
    return mt::result_of_child(child);
  };
  CHECK(pool.spawn_owned(mp::stackful(body)).join() == 0);
}

TEST_CASE("a coroutine that forks goes on in the child, and so does its caller") {
  mp::thread_pool pool({.num_threads = 1});
  pid_t child = -1;
  const auto forks = [&]() -> mp::task<int> {
    child = ::fork();
    const int value = co_await mt::fib(10);
    co_return value;
  };
  const int value = pool.sync_wait(forks());
  if (child == 0) mt::end_child_with([&] { return value == 55 ? 0 : 1; });
  CHECK(mt::result_of_child(child) == 0);
}

TEST_CASE("hooks of workers fork") {
  std::atomic<int> good{0};
  std::unique_ptr<mp::thread_pool> pool;
  mt::gate made;
  const auto forks = [&](std::size_t) {
    made.pass();
    const pid_t child = ::fork();
    if (child == 0) {
      mt::end_child_with([] {
        mp::thread_pool own({.num_threads = 1});
        mt::meet(own);
        return 0;
      });
    }
    if (mt::result_of_child(child) == 0) ++good;
  };
  mp::pool_options options{.num_threads = 2};
  options.on_thread_start = forks;
  options.on_thread_exit = forks;
  pool = std::make_unique<mp::thread_pool>(options);
  made.open();
  mt::meet(*pool);
  pool.reset();
  CHECK(good == 4);
}

TEST_CASE("a call whose other branch waits unstolen at the fork ends in the child") {
  mp::thread_pool pool({.num_threads = 0});
  pid_t child = -1;
  bool second = false;
  pool.join([&] { child = ::fork(); }, [&] { second = true; });
  if (child == 0) mt::end_child_with([&] { return second ? 0 : 1; });
  CHECK(mt::result_of_child(child) == 0);
}

TEST_CASE("a call that another thread had a part in at the fork ends the child with a message") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate gate;
  pid_t child = -1;
  pool.join(
      [&] {
        gate.wait_for_arrivals(1);
        child = ::fork();
        if (child == 0) std::signal(SIGABRT, SIG_DFL);
        if (child != 0) gate.open();
      },
      [&] { gate.pass(); });
  if (child == 0) ::_exit(0);  // not reached
  CHECK(mt::result_of_child(child) == -SIGABRT);
}

// LeakSanitizer looks at exit, and takes what the parent's threads own for leaked.
#if !MICROPOOL_ASAN
TEST_CASE("static pools end in a child that calls exit") {
  static mp::thread_pool pool({.num_threads = 2});
  mt::meet(pool);
  const pid_t child = ::fork();
  if (child == 0) {
    pool.join([] {}, [] {});
    std::exit(0);
  }
  CHECK(mt::result_of_child(child) == 0);
}
#endif

TEST_CASE("counters of the parent's pool go on in the child") {
  mp::thread_pool pool({.num_threads = 2});
  for (int i = 0; i < 10; ++i) pool.spawn_owned([] {}).join();
  CHECK(mt::in_child([&] {
    pool.spawn_owned([] {}).join();
    const mp::pool_stats s = pool.stats();
    return s.tasks_spawned == 11 && s.tasks_ended == 11 ? 0 : 1;
  }) == 0);
}
