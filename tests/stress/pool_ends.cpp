// SPDX-License-Identifier: MIT OR Apache-2.0
// Two pools whose threads spawn onto each other, wait and lift, while one of them ends.
#include <micropool/micropool.hpp>

#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <thread>
#include <vector>

namespace {

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::scaled;

// What became of the spawns of one round.
struct tally {
  std::atomic<std::size_t> spawned{0};
  std::atomic<std::size_t> ran{0};
  std::atomic<std::size_t> cancelled{0};
  std::atomic<std::size_t> wrong{0};
};

struct both_pools {
  mp::thread_pool& lasts;
  mp::thread_pool& ends;
  tally& counts;
};

constexpr int children = 4;

int forks(tally& counts) {
  std::atomic<int> run{0};
  mp::scope([&](mp::scope_ref s) {
    for (int i = 0; i < children; ++i) s.fork([&] { ++run; });
  });
  ++counts.ran;
  return run;
}

mp::task<int> forks_awaited(tally& counts) {
  std::atomic<int> run{0};
  co_await mp::yield();
  const auto body = [&](mp::scope_ref s) -> mp::task<> {
    for (int i = 0; i < children; ++i) s.fork([&] { ++run; });
    co_return;
  };
  co_await mp::scope(body);
  ++counts.ran;
  co_return run.load();
}

template <class Handle>
mp::task<int> awaits(Handle h) {
  co_return co_await std::move(h);
}

// Waits in one of the ways there are; who has spawned a task learns what became of it.
void wait_for(mp::owned_task<int> h, const both_pools& p, std::uint64_t random) {
  try {
    int got = children;
    switch (random % 4) {
      case 0: got = h.join(); break;
      case 1: got = p.lasts.install([&] { return h.join(); }); break;
      case 2: got = p.lasts.sync_wait(awaits(std::move(h))); break;
      default:
        h.help();
        got = p.lasts.sync_wait(std::move(h));
    }
    p.counts.wrong += got != children;
  } catch (const mp::task_cancelled&) {
    ++p.counts.cancelled;
  }
}

// Spawns onto the pool that ends until it says that it has ended.
void spawn_and_wait(const both_pools& p, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<mp::owned_task<int>> later;
  try {
    for (;;) {
      const std::uint64_t r = random();
      auto h = (r & 16) != 0 ? p.ends.spawn_owned([c = &p.counts] { return forks(*c); })
                             : p.ends.spawn_owned(forks_awaited(p.counts));
      ++p.counts.spawned;
      if ((r & 32) != 0) {
        wait_for(std::move(h), p, r >> 8);
      } else {
        later.push_back(std::move(h));
      }
      if (later.size() > 16) {
        wait_for(std::move(later.back()), p, r >> 8);
        later.pop_back();
      }
    }
  } catch (const mp::pool_stopped&) {
    // Every handle answers, also when its pool is gone.
    for (auto& h : later) wait_for(std::move(h), p, random());
  }
}

}  // namespace

TEST_CASE("a pool ends while others spawn onto it and wait: every handle gets an answer") {
  auto seeds = micropool_test::seeded_engine("pool ends");
  for (std::size_t round = 0; round < scaled(60); ++round) {
    std::mt19937_64 random(seeds());
    tally counts;
    mp::thread_pool lasts({.num_threads = random() % 3});
    mp::thread_pool ends({.num_threads = random() % 3});
    const both_pools p{lasts, ends, counts};
    countdown start(4);
    std::vector<std::thread> spawners;
    for (int k = 0; k < 3; ++k) {
      spawners.emplace_back([&, seed = random()] {
        start.arrive_and_wait();
        spawn_and_wait(p, seed);
      });
    }
    start.arrive_and_wait();
    for (std::uint64_t spin = random() % 200'000; spin > 0; --spin) asm volatile("");
    ends.shutdown(random() % 2 == 0 ? mp::shutdown::drain : mp::shutdown::cancel_queued);
    for (auto& t : spawners) t.join();
    REQUIRE(counts.wrong == 0);
    REQUIRE(counts.spawned == counts.ran + counts.cancelled);
  }
}
