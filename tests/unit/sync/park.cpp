// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sync/park.hpp"

#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <random>
#include <thread>
#include <vector>

using micropool::detail::heavy_fence;
using micropool::detail::heavy_fence_works;
using micropool::detail::parker;
using micropool_test::scaled;

TEST_CASE("an unpark before the park is remembered") {
  parker p;
  for (int round = 0; round < 3; ++round) {
    p.unpark();
    p.park();
  }
}

TEST_CASE("several unparks count as one") {
  parker p;
  p.unpark();
  p.unpark();
  p.unpark();
  p.park();
  // Were another one remembered, the next park would return before the gate opens.
  micropool_test::gate g;
  std::atomic<bool> returned{false};
  std::atomic<bool> opened{false};
  bool too_early = false;
  std::thread sleeper([&] {
    g.open();
    p.park();
    too_early = !opened.load();
    returned = true;
  });
  g.pass();
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  opened = true;
  p.unpark();
  sleeper.join();
  REQUIRE(returned);
  REQUIRE_FALSE(too_early);
}

TEST_CASE("two threads that wake each other in turn never miss a turn") {
  parker beds[2];
  std::atomic<int> turn{0};
  int ball = 0;  // plain: published by park and unpark
  const int rounds = static_cast<int>(scaled(10'000));
  const auto play = [&](int me) {
    std::mt19937_64 random(micropool_test::seed() + static_cast<unsigned>(me));
    for (int n = me; n < rounds; n += 2) {
      // One token per turn, and only the token publishes the ball.
      if (n > 0) do beds[me].park(); while (turn.load(std::memory_order_relaxed) != n);
      ++ball;
      // Not always late enough for the other one to sleep.
      for (auto spins = random() % 300; spins > 0; --spins) asm volatile("");
      turn.store(n + 1, std::memory_order_relaxed);
      beds[1 - me].unpark();
    }
  };
  std::thread other([&] { play(1); });
  play(0);
  other.join();
  REQUIRE(ball == rounds);
}

TEST_CASE("a sleeper that several threads wake sees the last of their changes") {
  parker own_parker;
  std::atomic<std::size_t> work{0};
  const std::size_t per_thread = scaled(3'000);
  std::vector<std::thread> wakers;
  for (int t = 0; t < 3; ++t) {
    wakers.emplace_back([&] {
      for (std::size_t n = 0; n < per_thread; ++n) {
        work.fetch_add(1, std::memory_order_relaxed);
        own_parker.unpark();
        if (n % 16 == 0) std::this_thread::yield();
      }
    });
  }
  while (work.load(std::memory_order_relaxed) != 3 * per_thread) own_parker.park();
  for (std::thread& t : wakers) t.join();
  REQUIRE(work == 3 * per_thread);
}

TEST_CASE("a heavy fence orders what another thread does without a fence of its own") {
  // Every kernel that we support offers it; how sleepers do without it is tested elsewhere.
  REQUIRE(heavy_fence_works());
  // Dekker's question: of two threads that each raise a flag and look at the other's, at least one
  // sees the other. The light side has nothing but program order.
  std::atomic<int> light{0};
  std::atomic<int> heavy{0};
  std::atomic<int> round{0};
  std::atomic<int> answered{0};
  int light_saw = 0;
  const int rounds = static_cast<int>(scaled(3'000));
  std::thread other([&] {
    for (int n = 1; n <= rounds; ++n) {
      while (round.load(std::memory_order_acquire) != n) std::this_thread::yield();
      light.store(n, std::memory_order_relaxed);
      std::atomic_signal_fence(std::memory_order_seq_cst);
      light_saw = heavy.load(std::memory_order_relaxed);
      answered.store(n, std::memory_order_release);
    }
  });
  int both_blind = 0;
  for (int n = 1; n <= rounds; ++n) {
    round.store(n, std::memory_order_release);
    for (int spins = n % 1000; spins > 0; --spins) asm volatile("");
    heavy.store(n, std::memory_order_relaxed);
    heavy_fence();
    const int heavy_saw = light.load(std::memory_order_relaxed);
    while (answered.load(std::memory_order_acquire) != n) std::this_thread::yield();
    both_blind += heavy_saw != n && light_saw != n;
  }
  other.join();
  REQUIRE(both_blind == 0);
}
