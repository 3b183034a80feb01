// SPDX-License-Identifier: MIT OR Apache-2.0
// A background task that foreground work had just begun to wait for began a wait of its own. It
// read the root that it had been lifted to with a relaxed load, and then what lies in the root: the
// caller's stack, which the caller's thread had written with nothing in between. For
// ThreadSanitizer; on a weakly ordered machine the root's tier may have been read before it was
// written.
#include "catch.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <random>
#include <thread>
#include <tuple>

namespace {

namespace mp = micropool;

// Relaxed, so that the test orders nothing between the threads.
void wait_until_at_least(const std::atomic<int>& stage, int n) {
  while (stage.load(std::memory_order_relaxed) < n) std::this_thread::yield();
}
void reach(std::atomic<int>& stage) { stage.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

TEST_CASE("a task begins to wait at the moment at which a thread begins to wait for it") {
  auto random = micropool_test::seeded_engine("begins to wait");
  mp::thread_pool pool({.num_threads = 3, .idle_spin = std::chrono::nanoseconds(0)});
  for (std::size_t round = 0; round < micropool_test::scaled(micropool_test::sized(300, 4)); ++round) {
    const auto pause = random() % 2'000;
    std::atomic<int> begun{0};
    std::atomic<int> waits{0};
    std::atomic<int> over{0};
    auto inner = pool.spawn_shared([&, round] {
      reach(begun);
      wait_until_at_least(over, 1);
      return round;
    });
    auto outer = pool.spawn_shared([&, inner] {
      reach(begun);
      // Not yielding: it has to go on at once.
      while (waits.load(std::memory_order_relaxed) == 0) {
      }
      for (auto n = pause; n > 0; --n) asm volatile("");
      return inner.join() + 1;
    });
    wait_until_at_least(begun, 2);
    std::thread ends_inner([&] {
      wait_until_at_least(waits, 1);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
      reach(over);
    });
    const auto results = pool.join(
        [&] {
          reach(waits);
          return outer.join();
        },
        [] {});
    inner.join();
    ends_inner.join();
    REQUIRE(std::get<0>(results) == round + 1);
  }
}
