// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 5, and 3 where they meet: foreground work first, background work with what is left. One
// worker's order is recorded; no other thread is free to run anything.
#include "background.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <string>
#include <thread>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::held_workers;
using micropool_test::open_at_exit;

namespace {

constexpr int jobs = 100;

// What one worker has run, a letter for each job.
struct record {
  std::string order;
  countdown foreground{jobs};
  countdown background{jobs};

  void run_foreground() {
    order += 'f';
    foreground.arrive();
  }
  void run_background() {
    order += 'b';
    background.arrive();
  }
};

const std::string foreground_first = std::string(jobs, 'f') + std::string(jobs, 'b');

// A foreground call with many jobs, whose caller is held and runs none of them.
class held_call {
public:
  held_call(mp::thread_pool& pool, record& r)
      : caller_([this, &pool, &r] {
          pool.scope([&](mp::scope_ref s) {
            for (int i = 0; i < jobs; ++i) s.fork([&r] { r.run_foreground(); });
            gate_.pass();
          });
        }) {
    gate_.wait_for_arrivals(1);
  }
  ~held_call() {
    gate_.open();
    caller_.join();
  }
  held_call(const held_call&) = delete;
  held_call& operator=(const held_call&) = delete;

private:
  gate gate_;
  std::thread caller_;
};

}  // namespace

TEST_CASE("promise 5: a worker runs foreground jobs before queued background tasks") {
  mp::thread_pool pool({.num_threads = 1});
  record r;
  held_workers one(pool);
  for (int i = 0; i < jobs; ++i) static_cast<void>(pool.spawn_owned([&] { r.run_background(); }));
  {
    const held_call call(pool, r);
    one.release();
    r.foreground.wait();
    r.background.wait();
  }
  REQUIRE(r.order == foreground_first);
}

TEST_CASE("promise 5: a worker serves the foreground between background jobs of its own") {
  mp::thread_pool pool({.num_threads = 1});
  record r;
  gate held;
  const open_at_exit opener(held);
  const auto body = [&](mp::scope_ref s) -> mp::task<> {
    for (int i = 0; i < jobs; ++i) s.fork([&] { r.run_background(); });
    held.pass();
    // The children are left in the worker's deque.
    co_await mp::yield();
  };
  auto t = pool.spawn_owned(mp::scope(body));
  held.wait_for_arrivals(1);
  {
    const held_call call(pool, r);
    held.open();
    r.foreground.wait();
    r.background.wait();
  }
  REQUIRE(r.order == foreground_first);
}

TEST_CASE("promise 5: a background coroutine that yields goes behind the foreground") {
  mp::thread_pool pool({.num_threads = 1});
  record r;
  gate held;
  const open_at_exit opener(held);
  auto t = pool.spawn_owned([&]() -> mp::task<> {
    held.pass();
    co_await mp::yield();
    for (int i = 0; i < jobs; ++i) {
      r.run_background();
      co_await mp::yield();
    }
  });
  held.wait_for_arrivals(1);
  {
    const held_call call(pool, r);
    held.open();
    r.foreground.wait();
    r.background.wait();
  }
  REQUIRE(r.order == foreground_first);
}

TEST_CASE("promise 3: plain background code that yields runs no job on its own stack") {
  mp::thread_pool pool({.num_threads = 1});
  record r;
  gate held;
  const open_at_exit opener(held);
  auto t = pool.spawn_owned([&] {
    held.pass();
    for (int i = 0; i < jobs; ++i) {
      mp::yield_now();
      r.run_background();
    }
  });
  held.wait_for_arrivals(1);
  {
    const held_call call(pool, r);
    held.open();
    r.background.wait();
    r.foreground.wait();
  }
  REQUIRE(r.order == std::string(jobs, 'b') + std::string(jobs, 'f'));
}

TEST_CASE("promise 5: background tasks run where the foreground leaves a worker idle") {
  mp::thread_pool pool({.num_threads = 2});
  gate held;
  gate begun;
  const open_at_exit opener(held);
  // A foreground call that keeps its caller and one worker.
  std::thread caller([&] {
    pool.join([&] { held.pass(); }, [&] { held.pass(); });
  });
  held.wait_for_arrivals(2);
  countdown all(1000);
  for (int i = 0; i < 1000; ++i) static_cast<void>(pool.spawn_owned([&] { all.arrive(); }));
  all.wait();
  held.open();
  caller.join();
  SUCCEED("all background tasks ran while the foreground call went on");
}

TEST_CASE("promise 5: foreground calls one after the other do not starve background tasks") {
  mp::thread_pool pool({.num_threads = 2});
  std::atomic<int> left{1000};
  for (int i = 0; i < 1000; ++i) static_cast<void>(pool.spawn_owned([&] { --left; }));
  while (left > 0) pool.join([] {}, [] {});
  REQUIRE(left == 0);
}
