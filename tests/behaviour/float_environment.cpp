// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 12: whatever thread runs it, the work of a call computes in the floating-point
// environment of its caller.
#include "foreign.hpp"
#include "resume_elsewhere.hpp"
#include "catch.hpp"
#include "float_modes.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <cfenv>
#include <cstddef>
#include <set>
#include <thread>

namespace mp = micropool;

namespace {

using micropool_test::compute;
using micropool_test::computed;
using micropool_test::computed_in;
using micropool_test::countdown;
using micropool_test::event;
using micropool_test::flush_denormals;
using micropool_test::in_mode;
using micropool_test::mode;
using micropool_test::round_upward;
using micropool_test::thread_here;

constexpr std::array<mode, 2> modes{&round_upward, &flush_denormals};

// Runs two callables at the same time, each on a thread of its own: the one that is forked on the
// pool's only worker.
template <class Forked>
void with_the_worker(mp::thread_pool& pool, Forked&& forked) {
  countdown both(2);
  pool.join([&] { both.arrive_and_wait(); },
            [&] {
              both.arrive_and_wait();
              forked();
            });
}

}  // namespace

TEST_CASE("promise 12: branches, children and items on a worker compute as their caller does") {
  mp::thread_pool pool({.num_threads = 1});
  for (const mode m : modes) {
    const in_mode here(m);
    const computed expected = compute();
    REQUIRE(expected != computed_in([]() noexcept { std::fesetenv(FE_DFL_ENV); }));
    computed branch{}, awaited{}, child{}, coroutine{};
    with_the_worker(pool, [&] { branch = compute(); });
    CHECK(branch == expected);

    countdown both(2);
    const auto first = [&]() -> mp::task<> {
      both.arrive_and_wait();
      co_return;
    };
    const auto second = [&]() -> mp::task<> {
      both.arrive_and_wait();
      awaited = compute();
      co_return;
    };
    pool.sync_wait(mp::join(first(), second()));
    CHECK(awaited == expected);

    countdown children(2);
    pool.scope([&](mp::scope_ref s) {
      s.fork([&] {
        child = compute();
        children.arrive();
      });
      s.fork([&]() -> mp::task<> {
        coroutine = compute();
        children.arrive();
        co_return;
      });
      children.wait();
    });
    CHECK(child == expected);
    CHECK(coroutine == expected);

    countdown items(2);
    std::array<computed, 2> of_items{};
    pool.install([&] {
      mp::par_range(std::size_t{2}).with(mp::split_per_item()).for_each([&](std::size_t i) {
        items.arrive_and_wait();
        of_items[i] = compute();
      });
    });
    CHECK(of_items[0] == expected);
    CHECK(of_items[1] == expected);
  }
}

TEST_CASE("promise 12: a sum has the same bits on one thread and on three, whatever the caller's mode") {
  const auto sum_on = [](mp::thread_pool& pool) {
    return pool.install([] {
      return mp::par_range(3000)
          .with(mp::split_per(10))
          .map([](int i) {
            if (i % 10 == 0) std::this_thread::yield();
            volatile double a = 1.0, b = 3.0 + i;
            return a / b;
          })
          .sum();
    });
  };
  mp::thread_pool alone({.num_threads = 0}), crowd({.num_threads = 2});
  for (const mode m : modes) {
    const in_mode here(m);
    const double expected = sum_on(alone);
    std::set<double> sums;
    for (int i = 0; i < 50; ++i) sums.insert(sum_on(crowd));
    CHECK(sums == std::set<double>{expected});
  }
}

TEST_CASE("promise 12: callers in different modes take turns on one worker without a trace") {
  mp::thread_pool pool({.num_threads = 1});
  const computed usual = compute();
  for (int i = 0; i < 20; ++i) {
    for (const mode m : modes) {
      const in_mode here(m);
      const computed expected = compute();
      computed seen{};
      with_the_worker(pool, [&] { seen = compute(); });
      CHECK(seen == expected);
      CHECK(compute() == expected);
    }
    computed seen{};
    with_the_worker(pool, [&] { seen = compute(); });
    CHECK(seen == usual);
  }
}

TEST_CASE("promise 12: what a branch leaves changed on a worker does not reach the next call") {
  mp::thread_pool pool({.num_threads = 1});
  const computed usual = compute();
  with_the_worker(pool, [] { round_upward(); });
  computed next{};
  with_the_worker(pool, [&] { next = compute(); });
  CHECK(next == usual);
}

TEST_CASE("promise 12: what a call inside a branch runs computes as the caller of the outer call does") {
  mp::thread_pool pool({.num_threads = 0});
  const computed usual = compute();
  const computed upward = computed_in(&round_upward);
  pool.join(
      [&] {
        const in_mode here(&round_upward);
        computed item{}, child{}, coroutine{};
        mp::par_range(1).for_each([&](int) { item = compute(); });
        mp::scope([&](mp::scope_ref s) { s.fork([&] { child = compute(); }); });
        mp::sync_wait([&]() -> mp::task<> {
          coroutine = compute();
          co_return;
        });
        CHECK(item == usual);
        CHECK(child == usual);
        CHECK(coroutine == usual);
        const auto late = [&]() -> mp::task<> {
          co_await mp::yield();
          coroutine = compute();
        };
        mp::sync_wait(late());
        CHECK(coroutine == usual);
        coroutine = {};
        mp::scope([&](mp::scope_ref s) { s.fork(late()); });
        CHECK(coroutine == usual);
        // The code that called has what it had.
        CHECK(compute() == upward);
      },
      [] {});
}

TEST_CASE("promise 12: a task that goes on on another worker computes as before") {
  mp::thread_pool pool({.num_threads = 2});
  event e;
  std::thread::id before;
  computed seen{};
  const auto body = [&]() -> mp::task<> {
    before = thread_here();
    co_await e;
    seen = compute();
  };
  const auto spawn = [&] {
    const in_mode here(&round_upward);
    return pool.spawn_owned(body());
  };
  auto t = spawn();
  const micropool_test::resume_elsewhere elsewhere(pool, e, before);
  while (!t.complete()) std::this_thread::yield();
  t.join();
  CHECK(seen == computed_in(&round_upward));
}

TEST_CASE("promise 12: a coroutine keeps its caller's environment on another pool") {
  mp::thread_pool pool({.num_threads = 1}), other({.num_threads = 1});
  const in_mode here(&round_upward);
  const computed expected = compute();
  computed there{}, forked{}, back{};
  pool.sync_wait([&]() -> mp::task<> {
    // Not kept: behind a wait the environment is the caller's.
    std::fesetround(FE_TONEAREST);
    co_await mp::resume_on(other);
    there = compute();
    co_await mp::join(
        []() -> mp::task<> { co_await mp::yield(); },
        [&]() -> mp::task<> {
          co_await mp::yield();
          forked = compute();
        });
    co_await mp::resume_on(pool);
    back = compute();
  });
  CHECK(there == expected);
  CHECK(forked == expected);
  CHECK(back == expected);
}

TEST_CASE("promise 12: stackful tasks compute as their caller does, and keep what they change") {
  mp::thread_pool pool({.num_threads = 2});
  const in_mode here(&round_upward);
  const computed expected = compute();
  computed begun{}, item{}, waited{}, changed{};
  const computed usual = computed_in([]() noexcept { std::fesetenv(FE_DFL_ENV); });
  pool.sync_wait(mp::stackful([&] {
    begun = compute();
    mp::await([]() -> mp::task<> { co_await mp::yield(); });
    waited = compute();
    std::fesetround(FE_TONEAREST);
    // On the stacks of threads.
    mp::par_range(1).for_each([&](int) { item = compute(); });
    mp::await([]() -> mp::task<> { co_await mp::yield(); });
    changed = compute();
  }));
  CHECK(begun == expected);
  CHECK(waited == expected);
  CHECK(item == expected);
  CHECK(changed == usual);
  CHECK(compute() == expected);
}

TEST_CASE("promise 12: hooks compute in the environment of their worker") {
  const computed upward = computed_in(&round_upward);
  computed at_exit{};
  {
    mp::thread_pool pool({.num_threads = 1,
                          .on_thread_start = [](std::size_t) { round_upward(); },
                          .on_thread_exit = [&](std::size_t) { at_exit = compute(); }});
    computed branch{};
    with_the_worker(pool, [&] { branch = compute(); });
    CHECK(branch == compute());
  }
  CHECK(at_exit == upward);
}
