// SPDX-License-Identifier: MIT OR Apache-2.0
// Two ways in which a coroutine that had become ready was left lying while its caller slept.
//
// First: the poster saw a worker that searched, and woke none; but the worker found
// another call's job. With that job waiting for the coroutine, nothing went on.
//
// Second: the waker took the first sleeper that might have wanted it, the owner of the root or the
// caller of the inbox. Woken was the owner; but the coroutine had moved to another pool, where only
// its own caller looks.
#include <micropool/micropool.hpp>

#include "catch.hpp"
#include "gate.hpp"

#include <chrono>
#include <coroutine>
#include <thread>

namespace {

namespace mp = micropool;
using micropool_test::gate;

struct event {
  gate suspended;
  std::coroutine_handle<> handle;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    handle = h;
    suspended.open();
  }
  void await_resume() const noexcept {}

  void fire() {
    suspended.pass();
    handle.resume();
  }
};

// Long enough, most of the time, for a thread to have fallen asleep that has nothing to do.
void let_others_sleep(int round) {
  std::this_thread::sleep_for(std::chrono::microseconds(50 * (round % 8)));
}

}  // namespace

TEST_CASE("a ready coroutine goes on though the worker that searched has found another job") {
  mp::thread_pool pool({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(0)});
  for (int round = 0; round < 200; ++round) {
    event e;
    gate went_on;
    std::thread caller([&] {
      pool.sync_wait([&]() -> mp::task<> {
        co_await e;
        went_on.open();
      });
    });
    e.suspended.pass();
    let_others_sleep(round);
    // The worker wakes for the second branch; while it is on its way the event happens.
    pool.join(
        [&] {
          e.fire();
          went_on.pass();
        },
        [&] { went_on.pass(); });
    caller.join();
  }
  REQUIRE(pool.stats().total().sleeps > 0);
}

TEST_CASE("a coroutine ready on another pool wakes its own caller, not the owner of the root") {
  mp::thread_pool home({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(0)});
  mp::thread_pool abroad({.num_threads = 0});
  for (int round = 0; round < 100; ++round) {
    event e;
    gate taken;
    std::thread outside([&] {
      e.suspended.pass();
      let_others_sleep(round);
      e.fire();
    });
    home.join([&] { taken.pass(); },
              [&] {
                taken.open();
                mp::sync_wait([&]() -> mp::task<> {
                  co_await mp::resume_on(abroad);
                  co_await e;
                });
              });
    outside.join();
  }
  REQUIRE(home.stats().total().sleeps > 0);
}
