// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 11 in a storm: tasks are cancelled, dropped and joined by several threads while workers
// start them. Each runs once or never, and its handle says which.
#include <micropool/micropool.hpp>

#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::scaled;

constexpr std::size_t threads = 3;

// What is known of one task. The holder of its handle writes the last member.
struct fate {
  std::atomic<int> runs{0};
  std::atomic<int> bodies{0};  // what it would run, while that exists
  int must_run = -1;           // what its handle has said: 1, 0, or nothing
};

// Stands for what a task owns.
class body {
public:
  explicit body(fate& f) noexcept : of_(&f) { ++of_->bodies; }
  body(const body& other) noexcept : body(*other.of_) {}
  body& operator=(const body&) = delete;
  ~body() { --of_->bodies; }

  void run() const { ++of_->runs; }

private:
  fate* of_;
};

mp::task<> coroutine(body b) {
  b.run();
  co_return;
}

template <class Handle>
void let_go(Handle h, fate& f, std::uint64_t random) {
  switch (random % 4) {
    case 0:
    case 1: f.must_run = h.cancel() ? 0 : 1; break;
    case 2:
      h.join();
      f.must_run = 1;
      break;
    default: f.must_run = 1;  // dropped, which detaches it
  }
}

struct counts {
  std::size_t told_right = 0;
  std::size_t ran = 0;
  std::size_t leaked = 0;
};

counts count(const std::vector<fate>& fates) {
  counts c;
  for (const fate& f : fates) {
    c.told_right += f.must_run == f.runs;
    c.ran += f.runs == 1;
    c.leaked += f.bodies != 0;
  }
  return c;
}

}  // namespace

TEST_CASE("a storm of cancellations: each task runs once or never, and its handle says which") {
  auto seeds = micropool_test::seeded_engine("cancel storm");
  const std::size_t each = scaled(1000);
  std::vector<fate> fates(threads * each);
  {
    mp::thread_pool pool({.num_threads = 2});
    countdown start(threads);
    std::vector<std::thread> storm;
    for (std::size_t k = 0; k < threads; ++k) {
      storm.emplace_back([&, k, seed = seeds()] {
        std::mt19937_64 random(seed);
        start.arrive_and_wait();
        for (std::size_t i = k * each; i < (k + 1) * each; ++i) {
          fate& f = fates[i];
          const body b(f);
          const std::uint64_t r = random();
          if ((r & 16) != 0) {
            let_go(pool.spawn_owned([b] { b.run(); }), f, r >> 8);
          } else if ((r & 32) != 0) {
            let_go(pool.spawn_owned(coroutine(b)), f, r >> 8);
          } else {
            let_go(pool.spawn_shared([b] { b.run(); }), f, r >> 8);
          }
        }
      });
    }
    for (auto& t : storm) t.join();
  }
  const counts c = count(fates);
  REQUIRE(c.told_right == fates.size());
  REQUIRE(c.leaked == 0);
  REQUIRE(c.ran > 0);
}

TEST_CASE("a storm of cancellations by others: the handles are in the hands of other threads") {
  auto seeds = micropool_test::seeded_engine("cancel storm by others");
  const std::size_t each = scaled(500);
  std::vector<fate> fates(threads * each);
  {
    mp::thread_pool pool({.num_threads = 2});
    // A burst at a time, so that some have started, some have ended and some are queued.
    std::mt19937_64 random(seeds());
    for (std::size_t begin = 0; begin < fates.size();) {
      const std::size_t end = std::min(fates.size(), begin + 1 + random() % 64);
      std::vector<mp::owned_task<void>> handles;
      for (std::size_t i = begin; i < end; ++i) {
        handles.push_back(pool.spawn_owned([b = body(fates[i])] { b.run(); }));
      }
      std::vector<std::thread> others;
      for (std::size_t k = 0; k < threads; ++k) {
        others.emplace_back([&, k, seed = random()] {
          std::mt19937_64 mine(seed);
          for (std::size_t i = begin + k; i < end; i += threads) {
            let_go(std::move(handles[i - begin]), fates[i], mine());
          }
        });
      }
      for (auto& t : others) t.join();
      begin = end;
    }
  }
  const counts c = count(fates);
  REQUIRE(c.told_right == fates.size());
  REQUIRE(c.leaked == 0);
}

TEST_CASE("a shared task is cancelled with its last handle, or runs") {
  auto seeds = micropool_test::seeded_engine("shared cancel storm");
  std::mt19937_64 random(seeds());
  std::vector<fate> fates(scaled(200));
  {
    mp::thread_pool pool({.num_threads = 2});
    for (fate& f : fates) {
      auto t = pool.spawn_shared([b = body(f)] { b.run(); });
      std::atomic<int> cancelled{0};
      countdown start(threads);
      std::vector<std::thread> droppers;
      for (std::size_t k = 0; k < threads; ++k) {
        droppers.emplace_back([&start, &cancelled, mine = t]() mutable {
          start.arrive_and_wait();
          cancelled += mine.cancel();
        });
      }
      cancelled += t.cancel();
      for (auto& d : droppers) d.join();
      f.must_run = cancelled == 1 ? 0 : 1;
      // Two who say so would be one too many.
      if (cancelled > 1) f.must_run = -1;
    }
  }
  const counts c = count(fates);
  REQUIRE(c.told_right == fates.size());
  REQUIRE(c.leaked == 0);
}
