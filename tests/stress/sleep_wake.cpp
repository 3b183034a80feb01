// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 7, no wake-up is lost: in each round a thread that may be asleep, or about to be, must
// come and take a job, because the one who has published it waits at a gate for that. A lost
// wake-up is a hang, which the watchdog reports.
#include <micropool/micropool.hpp>

#include "foreign.hpp"
#include "rounds.hpp"

#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

namespace {

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::scaled;

// Pauses of all lengths at which others may be awake, falling asleep, or sleeping.
class pauses {
public:
  explicit pauses(std::uint64_t seed) : random_(seed) {}

  void pause() {
    const std::uint64_t n = random_();
    switch (n % 6) {
      case 0: break;
      case 1: std::this_thread::yield(); break;
      case 2:
      case 3: spin(static_cast<std::uint32_t>(n >> 32) % 2'000); break;
      case 4: spin(static_cast<std::uint32_t>(n >> 32) % 60'000); break;
      default: std::this_thread::sleep_for(std::chrono::microseconds((n >> 32) % 200)); break;
    }
  }
  std::uint64_t next() { return random_(); }

private:
  static void spin(std::uint32_t n) {
    for (; n > 0; --n) asm volatile("");
  }
  std::mt19937_64 random_;
};

// A thread has slept in one of the pools of a test case. Otherwise none had to be woken, and
// nothing has been tested. Not asked of each pool: on a busy machine the next job may always come
// before a thread that looks for one has run on.
class sleepers {
public:
  ~sleepers() { CHECK(sleeps_ > 0); }
  void count(const mp::thread_pool& pool) { sleeps_ += pool.stats().total().sleeps; }

private:
  std::uint64_t sleeps_ = 0;
};

const std::vector<std::chrono::nanoseconds> spins{
    std::chrono::nanoseconds(0), std::chrono::nanoseconds(1), std::chrono::microseconds(2),
    std::chrono::microseconds(30)};

}  // namespace

TEST_CASE("all workers come when as many branches wait for each other", "[sleep]") {
  sleepers seen;
  auto seeds = micropool_test::seeded_engine("all workers come");
  for (const std::size_t workers : {1u, 2u, 4u}) {
    for (const auto idle_spin : spins) {
      mp::thread_pool pool({.num_threads = workers, .idle_spin = idle_spin});
      pauses p(seeds());
      for (std::size_t round = 0; round < scaled(150); ++round) {
        countdown all(workers + 1);
        const std::vector branches(workers + 1, [&all] { all.arrive_and_wait(); });
        pool.join_all(branches);
        p.pause();
      }
      seen.count(pool);
    }
  }
}

TEST_CASE("all workers come for the children of a scope", "[sleep]") {
  sleepers seen;
  auto seeds = micropool_test::seeded_engine("all workers come for a scope");
  for (const std::size_t workers : {1u, 3u}) {
    for (const auto idle_spin : spins) {
      mp::thread_pool pool({.num_threads = workers, .idle_spin = idle_spin});
      pauses p(seeds());
      for (std::size_t round = 0; round < scaled(100); ++round) {
        countdown all(workers + 1);
        pool.scope([&](mp::scope_ref s) {
          for (std::size_t k = 0; k < workers; ++k) {
            s.fork([&all] { all.arrive_and_wait(); });
            if (k == 0) p.pause();
          }
          all.arrive_and_wait();
        });
        p.pause();
      }
      seen.count(pool);
    }
  }
}

namespace {

// Two participants in turn: one waits at a gate until the other, who sleeps because what it waits
// for is in the first one's hands, has taken a branch; in there they change places.
void relay(pauses& p, int depth) {
  gate taken;
  mp::join([&] { taken.pass(); },
           [&] {
             taken.open();
             p.pause();
             if (depth > 0) relay(p, depth - 1);
             p.pause();
           });
}

mp::task<> awaited_relay(pauses& p, int depth) {
  gate taken;
  auto waits = [&] { taken.pass(); };
  auto goes_on = [&]() -> mp::task<> {
    taken.open();
    p.pause();
    if (depth > 0) co_await awaited_relay(p, depth - 1);
    p.pause();
  };
  co_await mp::join(waits, goes_on);
}

}  // namespace

TEST_CASE("a blocked caller comes for new work of what it waits for", "[sleep]") {
  sleepers seen;
  auto seeds = micropool_test::seeded_engine("relay");
  for (const auto idle_spin : spins) {
    mp::thread_pool pool({.num_threads = 1, .idle_spin = idle_spin});
    pauses p(seeds());
    for (std::size_t round = 0; round < scaled(200); ++round) {
      pool.install([&] { relay(p, static_cast<int>(p.next() % 8)); });
      p.pause();
    }
    seen.count(pool);
  }
}

TEST_CASE("a blocked caller comes for new work of the coroutine that it waits for", "[sleep]") {
  sleepers seen;
  auto seeds = micropool_test::seeded_engine("awaited relay");
  for (const auto idle_spin : spins) {
    mp::thread_pool pool({.num_threads = 1, .idle_spin = idle_spin});
    pauses p(seeds());
    for (std::size_t round = 0; round < scaled(200); ++round) {
      pool.sync_wait(awaited_relay(p, static_cast<int>(p.next() % 8)));
      p.pause();
    }
    seen.count(pool);
  }
}

TEST_CASE("several callers with a worker each find one, whichever threads sleep", "[sleep]") {
  sleepers seen;
  auto seeds = micropool_test::seeded_engine("several callers");
  for (const auto idle_spin : spins) {
    mp::thread_pool pool({.num_threads = 2, .idle_spin = idle_spin});
    std::vector<std::thread> callers;
    for (int c = 0; c < 4; ++c) {
      callers.emplace_back([&pool, seed = seeds()] {
        pauses p(seed);
        for (std::size_t round = 0; round < scaled(100); ++round) {
          countdown both(2);
          pool.join([&] { both.arrive_and_wait(); }, [&] { both.arrive_and_wait(); });
          p.pause();
        }
      });
    }
    for (std::thread& t : callers) t.join();
    seen.count(pool);
  }
}

TEST_CASE("a caller sleeps until its coroutine's event and goes on, though no worker is free",
          "[sleep]") {
  sleepers seen;
  auto seeds = micropool_test::seeded_engine("events");
  stress::foreign_thread outside;
  for (const std::size_t workers : {0u, 1u, 2u}) {
    for (const auto idle_spin : spins) {
      mp::thread_pool pool({.num_threads = workers, .idle_spin = idle_spin});
      gate holds_the_workers;
      std::thread other([&] {
        const std::vector branches(workers + 1, [&] { holds_the_workers.pass(); });
        pool.join_all(branches);
      });
      holds_the_workers.wait_for_arrivals(workers + 1);
      {
        const micropool_test::open_at_exit open(holds_the_workers);
        pauses p(seeds());
        for (std::size_t round = 0; round < scaled(100); ++round) {
          pool.sync_wait([&]() -> mp::task<> {
            co_await stress::event_void{outside};
            co_await mp::join(
                [&]() -> mp::task<> { co_await stress::event_void{outside}; },
                [&]() -> mp::task<> { co_await mp::yield(); });
          });
          p.pause();
        }
        seen.count(pool);
      }
      other.join();
    }
  }
}

// The worker is on its way to the caller's coroutine when something else tempts it, and that does
// not end before the coroutine has gone on.
TEST_CASE("a ready coroutine is not forgotten when the worker woken for it takes another job",
          "[sleep]") {
  sleepers seen;
  auto seeds = micropool_test::seeded_engine("tempted worker");
  stress::foreign_thread outside;
  for (const auto idle_spin : spins) {
    mp::thread_pool pool({.num_threads = 1, .idle_spin = idle_spin});
    pauses p(seeds());
    for (std::size_t round = 0; round < scaled(150); ++round) {
      gate went_on;
      std::thread caller([&] {
        pool.sync_wait([&]() -> mp::task<> {
          co_await stress::event_void{outside};
          went_on.open();
        });
      });
      p.pause();
      pool.join([&] { went_on.pass(); }, [&] { went_on.pass(); });
      caller.join();
    }
    seen.count(pool);
  }
}

TEST_CASE("a coroutine that goes to and fro between two sleeping pools arrives", "[sleep]") {
  sleepers seen;
  auto seeds = micropool_test::seeded_engine("two pools");
  for (const std::size_t workers : {0u, 1u, 2u}) {
    for (const auto idle_spin : spins) {
      mp::thread_pool first({.num_threads = workers, .idle_spin = idle_spin});
      mp::thread_pool second({.num_threads = 1, .idle_spin = idle_spin});
      pauses p(seeds());
      for (std::size_t round = 0; round < scaled(50); ++round) {
        first.sync_wait([&]() -> mp::task<> {
          for (int k = 0; k < 4; ++k) {
            co_await mp::resume_on(second);
            p.pause();
            co_await mp::resume_on(first);
            p.pause();
          }
        });
      }
      seen.count(second);
    }
  }
}
