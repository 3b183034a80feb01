// SPDX-License-Identifier: MIT OR Apache-2.0
// Promises 4 and 6: a suspended coroutine holds no thread, and roots share the workers.
#include "place.hpp"
#include "catch.hpp"
#include "scale.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::open_at_exit;

namespace {

mp::task<> pass(gate& g) {
  g.pass();
  co_return;
}

mp::task<> wait_for_arrival(gate& g) {
  g.wait_for_arrivals(1);
  co_return;
}

// The first child waits until the second has been stolen and has begun. Then nothing is left to do
// here but to suspend.
mp::task<> suspends_while_held(gate& held) {
  co_await mp::join(wait_for_arrival(held), pass(held));
}

// The first child keeps the caller busy until the second, which a worker has taken, has ended.
mp::task<> on_a_worker(gate& held, gate& caller) {
  co_await mp::join(pass(caller), suspends_while_held(held));
}

}  // namespace

TEST_CASE("promise 4: a worker that has suspended in a join takes other work at once") {
  mp::thread_pool pool({.num_threads = 2});
  gate held;
  gate caller_held;
  std::thread caller([&] { pool.sync_wait(on_a_worker(held, caller_held)); });
  {
    const open_at_exit first(caller_held);
    const open_at_exit second(held);
    held.wait_for_arrivals(1);
    // One worker is held and the other has suspended. Only that one can run this child, since the
    // body is held until the child has ended.
    int joins = 0;
    pool.scope([&](mp::scope_ref s) {
      countdown child(1);
      s.fork([&] {
        for (int i = 0; i < 1000; ++i) mp::join([&] { ++joins; }, [] {});
        child.arrive();
      });
      child.wait();
    });
    CHECK(joins == 1000);
  }
  caller.join();
}

TEST_CASE(
    "promise 3: items that take one lock around a nested join, from two roots at once, never "
    "deadlock") {
  mp::thread_pool pool({.num_threads = 2});
  std::mutex lock;
  std::atomic<int> sum{0};
  const auto item = [&] {
    const std::lock_guard guard(lock);
    mp::join([&] { ++sum; }, [&] { ++sum; });
  };
  const auto items = [&] {
    pool.scope([&](mp::scope_ref s) {
      for (int i = 0; i < 16; ++i) s.fork(item);
    });
  };
  const auto rounds = static_cast<int>(micropool_test::scaled(50));
  for (int i = 0; i < rounds; ++i) {
    std::thread other(items);
    items();
    other.join();
  }
  REQUIRE(sum == rounds * 2 * 16 * 2);
}

TEST_CASE("promise 6: eight outside threads with a root each share the workers and all end") {
  mp::thread_pool pool({.num_threads = 2});
  std::atomic<long> joins{0};
  std::vector<std::thread> callers;
  countdown start(8);
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      start.arrive_and_wait();
      for (int k = 0; k < 1000; ++k) {
        pool.join([&] { joins.fetch_add(1, std::memory_order_relaxed); }, [] {});
      }
    });
  }
  for (auto& t : callers) t.join();
  REQUIRE(joins == 8000);
}

TEST_CASE("promise 6: a worker comes to every root while another root has endless work") {
  mp::thread_pool pool({.num_threads = 1});
  std::atomic<bool> enough{false};
  std::thread endless([&] {
    while (!enough) {
      pool.scope([&](mp::scope_ref s) {
        for (int i = 0; i < 100; ++i) s.fork([] {});
      });
    }
  });
  for (int i = 0; i < 20; ++i) {
    // Needs the worker.
    countdown both(2);
    pool.join([&] { both.arrive_and_wait(); }, [&] { both.arrive_and_wait(); });
  }
  enough = true;
  endless.join();
}
