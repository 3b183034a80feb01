// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 12: a background task computes in the floating-point environment of the code that has
// spawned it, whatever thread runs it or waits for it.
#include "background.hpp"
#include "catch.hpp"
#include "float_modes.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <cfenv>
#include <cstddef>
#include <thread>
#include <utility>

#if defined(__x86_64__)
#include <fenv.h>
#endif

namespace mp = micropool;

namespace {

using micropool_test::compute;
using micropool_test::computed;
using micropool_test::computed_in;
using micropool_test::countdown;
using micropool_test::held_workers;
using micropool_test::in_mode;
using micropool_test::round_upward;

mp::task<computed> computing() { co_return compute(); }
mp::task<computed> computing_late() {
  co_await mp::yield();
  co_return compute();
}
// What two branches compute, the second of which another thread may take.
mp::task<computed> computing_in_branches() {
  const auto [a, b] = co_await mp::join(computing_late(), computing_late());
  co_return a == b ? a : computed{};
}

// Spawned with other rounding than that of the thread that waits.
template <class F>
auto spawned_upward(mp::thread_pool& pool, F f) {
  const in_mode here(&round_upward);
  return pool.spawn_owned(std::move(f));
}
template <class F>
auto shared_upward(mp::thread_pool& pool, F f) {
  const in_mode here(&round_upward);
  return pool.spawn_shared(std::move(f));
}

// Spawns a task of each kind and gives it to `wait`.
template <class Wait>
void each_kind_of_task(mp::thread_pool& pool, Wait&& wait) {
  wait(spawned_upward(pool, &compute));
  wait(spawned_upward(pool, &computing));
  wait(spawned_upward(pool, &computing_late));
  wait(spawned_upward(pool, &computing_in_branches));
  wait(shared_upward(pool, &compute));
  wait(shared_upward(pool, &computing));
  wait(shared_upward(pool, &computing_in_branches));
}

template <class Handle>
mp::task<computed> awaiting(Handle t) {
  if constexpr (requires { t.cancel(); } && !requires { Handle(t); }) {
    co_return co_await std::move(t);
  } else {
    co_return co_await t;
  }
}

}  // namespace

TEST_CASE("promise 12: a task computes as its spawner does, on a worker and on who waits for it") {
  const computed usual = compute();
  const computed upward = computed_in(&round_upward);
  for (const std::size_t threads : {0, 1, 2}) {
    mp::thread_pool pool({.num_threads = threads});
    each_kind_of_task(pool, [&](auto t) {
      CHECK(t.join() == upward);
      CHECK(compute() == usual);
    });
    each_kind_of_task(pool, [&](auto t) {
      t.help();
      CHECK(compute() == usual);
      CHECK(t.join() == upward);
    });
    each_kind_of_task(pool, [&](auto t) {
      CHECK(pool.sync_wait(awaiting(std::move(t))) == upward);
      CHECK(compute() == usual);
    });
    each_kind_of_task(pool, [&](auto t) {
      const auto join = [&] { return t.join() == upward && compute() == usual; };
      CHECK(pool.sync_wait(mp::stackful(join)));
    });
    // In the background, where the waiter is not a caller.
    each_kind_of_task(pool, [&](auto t) {
      auto waits = pool.spawn_owned([t = std::move(t), usual]() mutable {
        const computed c = t.join();
        return compute() == usual ? c : usual;
      });
      CHECK(waits.join() == upward);
    });
    if (threads == 0) continue;
    each_kind_of_task(pool, [&](auto t) {
      while (!t.complete()) std::this_thread::yield();
      CHECK(t.join() == upward);
    });
  }
}

TEST_CASE("promise 12: a task that a stackful task or a loop spawns computes as the call does") {
  mp::thread_pool pool({.num_threads = 1});
  const in_mode here(&round_upward);
  const computed expected = compute();
  CHECK(pool.sync_wait(mp::stackful([] { return mp::spawn_owned(&compute).join(); })) == expected);
  pool.install([&] {
    const auto computes_it = [&](int) { return compute() == expected; };
    CHECK(mp::par_range(4).background().all(computes_it));
    CHECK(mp::sync_wait(mp::par_range(4).background().async().all(computes_it)));
  });
}

TEST_CASE("promise 12: a task that is lifted keeps the environment of its spawner") {
  mp::thread_pool pool({.num_threads = 1});
  const computed usual = compute();
  const computed upward = computed_in(&round_upward);
  computed taken{}, nested{};
  // The worker is in the task, which has forked; the caller, who joins it, runs the fork, and
  // there opens a scope of its own.
  countdown begun(1), both(2);
  auto t = spawned_upward(pool, [&] {
    mp::join(
        [&] {
          begun.arrive();
          both.arrive_and_wait();
        },
        [&] {
          both.arrive_and_wait();
          taken = compute();
          mp::scope([&](mp::scope_ref s) {
            s.fork([&]() -> mp::task<> {
              co_await mp::yield();
              nested = compute();
            });
          });
        });
  });
  begun.wait();
  t.join();
  CHECK(taken == upward);
  CHECK(nested == upward);
  CHECK(compute() == usual);
}

TEST_CASE("promise 12: a caller that has a deque of its own runs a lifted task's work apart from it") {
  mp::thread_pool pool({.num_threads = 2});
  const computed usual = compute();
  const computed upward = computed_in(&round_upward);
  computed forked{}, own{};
  std::thread::id took;
  // One worker is in the task, whose fork is for the caller; the other one comes back then.
  held_workers held(pool, 1);
  countdown begun(1), both(2);
  auto t = spawned_upward(pool, [&] {
    mp::join(
        [&] {
          begun.arrive();
          both.arrive_and_wait();
        },
        [&] {
          both.arrive_and_wait();
          took = std::this_thread::get_id();
          // The other worker takes this, and before it what the caller has forked.
          countdown met(2);
          mp::join([&] { met.arrive_and_wait(); },
                   [&] {
                     forked = compute();
                     met.arrive_and_wait();
                   });
        });
  });
  begun.wait();
  pool.join(
      [&] {
        // The branch below waits in this caller's deque meanwhile.
        std::thread release([&] {
          both.wait();
          held.release();
        });
        t.join();
        release.join();
      },
      [&] { own = compute(); });
  CHECK(took == std::this_thread::get_id());
  CHECK(forked == upward);
  CHECK(own == usual);
  CHECK(compute() == usual);
}

#if defined(__x86_64__) && defined(__GLIBC__)
TEST_CASE("promise 12: an exception that one caller has raised does not trap in the work of the next") {
  mp::thread_pool pool({.num_threads = 1});
  const auto on_the_worker = [&](auto&& f) {
    countdown both(2);
    pool.join([&] { both.arrive_and_wait(); },
              [&] {
                both.arrive_and_wait();
                f();
              });
  };
  volatile long double zero = 0, one = 1, result = 0;
  on_the_worker([&] { result = one / zero; });
  std::fenv_t before;
  std::feholdexcept(&before);
  feenableexcept(FE_DIVBYZERO);
  on_the_worker([&] { result = one + one; });
  std::fesetenv(&before);
  CHECK(result == 2);
}
#endif
