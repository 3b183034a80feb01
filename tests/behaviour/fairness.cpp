// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 6: one worker and several roots whose callers are held; whom does it serve?
#include "place.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::open_at_exit;

TEST_CASE("promise 6: ready coroutines of all roots take turns") {
  mp::thread_pool pool({.num_threads = 1});
  gate held;
  std::atomic<bool> enough{false};
  std::atomic<int> steps{0};
  // One root's coroutines are ready for ever; the other root's coroutine ends them.
  const auto hogs = [&]() -> mp::task<> {
    while (!enough) co_await mp::yield();
  };
  const auto modest = [&]() -> mp::task<> {
    for (int i = 0; i < 100; ++i) {
      ++steps;
      co_await mp::yield();
    }
    enough = true;
    held.open();
  };
  const open_at_exit opener(held);
  std::thread hog([&] {
    pool.scope([&](mp::scope_ref s) {
      for (int i = 0; i < 3; ++i) s.fork(hogs());
      held.pass();
    });
  });
  held.wait_for_arrivals(1);
  pool.scope([&](mp::scope_ref s) {
    s.fork(modest());
    held.pass();
  });
  hog.join();
  REQUIRE(steps == 100);
}

TEST_CASE("promise 6: a worker steals from every root and not always from the same") {
  mp::thread_pool pool({.num_threads = 1});
  constexpr std::size_t roots = 4;
  constexpr std::size_t children = 2000;
  gate held;
  std::vector<std::size_t> order;  // of the one worker's jobs
  order.reserve(roots * children);
  countdown all(roots * children);
  std::vector<std::thread> callers;
  for (std::size_t root = 0; root < roots; ++root) {
    callers.emplace_back([&, root] {
      pool.scope([&, root](mp::scope_ref s) {
        for (std::size_t i = 0; i < children; ++i) {
          s.fork([&, root] {
            // Nothing begins before every root is there.
            held.wait_for_arrivals(roots);
            order.push_back(root);
            all.arrive();
          });
        }
        held.pass();
      });
    });
  }
  all.wait();
  held.open();
  for (auto& t : callers) t.join();
  // When the first root has no more, every other has been served.
  std::vector<std::size_t> served(roots);
  for (const std::size_t root : order) {
    if (++served[root] == children) break;
  }
  CHECK(std::count(served.begin(), served.end(), 0u) == 0);
}
