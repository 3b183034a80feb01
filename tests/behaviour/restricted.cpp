// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 3 in small programs whose course is fixed; tests/stress has it for random ones.
#include "place.hpp"
#include "catch.hpp"
#include "scale.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::open_at_exit;
using micropool_test::sized;

namespace {

// A caller spins for long, so that it would take what it must not take.
const mp::pool_options tempted{.num_threads = 2, .idle_spin = std::chrono::seconds(30)};

}  // namespace

TEST_CASE("promise 3: a blocked caller runs nothing of another root") {
  mp::thread_pool pool(tempted);
  gate stolen;
  std::thread::id blocked_id;
  std::atomic<int> by_blocked{0};
  std::thread blocked([&] {
    blocked_id = std::this_thread::get_id();
    pool.join([&] { stolen.wait_for_arrivals(1); }, [&] { stolen.pass(); });
  });
  const open_at_exit opener(stolen);
  stolen.wait_for_arrivals(1);
  // One worker is held in the blocked caller's branch. The other runs these children, and the
  // blocked caller would run some as well if it could.
  constexpr int children = sized(20000, 20);
  countdown all(children);
  pool.scope([&](mp::scope_ref s) {
    for (int i = 0; i < children; ++i) {
      s.fork([&] {
        by_blocked += std::this_thread::get_id() == blocked_id;
        all.arrive();
      });
    }
    all.wait();
  });
  stolen.open();
  blocked.join();
  REQUIRE(by_blocked == 0);
}

TEST_CASE("promise 3: a nested wait runs no sibling of the job that it stands in") {
  mp::thread_pool pool(tempted);
  gate stolen;
  std::atomic<bool> waiting{false};
  std::atomic<int> by_waiter{0};
  constexpr int siblings = sized(20000, 20);
  // One worker runs the first child, which waits for a branch that the other worker holds. This
  // thread runs what the body forks then; the waiter would run some of it as well if it could.
  pool.scope([&](mp::scope_ref s) {
    std::thread::id waiter;
    s.fork([&] {
      waiter = std::this_thread::get_id();
      mp::join(
          [&] {
            stolen.wait_for_arrivals(1);
            waiting = true;
          },
          [&] { stolen.pass(); });
      waiting = false;
    });
    while (!waiting) std::this_thread::yield();
    mp::scope([&](mp::scope_ref inner) {
      for (int i = 0; i < siblings; ++i) {
        inner.fork([&] {
          if (std::this_thread::get_id() == waiter) ++by_waiter;
        });
      }
    });
    stolen.open();
  });
  REQUIRE(by_waiter == 0);
}
