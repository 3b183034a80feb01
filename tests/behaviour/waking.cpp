// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 7: whom a publisher wakes, counted.
#include "../api/place.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <pthread.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <tuple>
#include <vector>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::open_at_exit;
using namespace std::chrono_literals;

namespace {

std::uint64_t wakeups(const mp::thread_pool& pool) {
  const auto s = pool.stats();
  return s.total().wakeups_sent + s.wakeups_posted;
}

std::uint64_t sleeps_of_workers(const mp::thread_pool& pool) {
  std::uint64_t n = 0;
  for (const auto& p : pool.stats().participants) n += p.is_worker ? p.sleeps : 0;
  return n;
}

// The processor time of each worker: it goes on where nothing runs, if the worker searches.
class processor_times {
public:
  explicit processor_times(std::size_t workers) : clocks_(workers) {}

  // For pool_options::on_thread_start.
  auto hook() {
    return [this](std::size_t i) { ::pthread_getcpuclockid(::pthread_self(), &clocks_.at(i)); };
  }
  std::chrono::nanoseconds of(std::size_t worker) const {
    timespec t{};
    ::clock_gettime(clocks_.at(worker), &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  }

private:
  std::vector<clockid_t> clocks_;
};

// Both return the worker that has run the job, which nobody else does.
std::size_t run_spawned(mp::thread_pool& pool) {
  auto t = pool.spawn_owned([] { return mp::this_thread_index().value(); });
  while (!t.complete()) std::this_thread::yield();
  return t.join();
}
std::size_t run_forked(mp::thread_pool& pool) {
  countdown taken(1);
  return std::get<1>(pool.join([&] { taken.wait(); },
                               [&] {
                                 taken.arrive();
                                 return mp::this_thread_index().value();
                               }));
}

}  // namespace

TEST_CASE("promise 7: a burst of jobs wakes at most one sleeper per job") {
  mp::thread_pool pool({.num_threads = 4, .idle_spin = std::chrono::nanoseconds(0)});
  micropool_test::meet_all_workers(pool);
  const auto before = pool.stats().total().wakeups_sent;
  std::uint64_t published = 0;
  std::atomic<std::uint64_t> run{0};
  for (std::uint64_t round = 0; round < 300; ++round) {
    pool.scope([&](mp::scope_ref s) {
      for (std::uint64_t i = 0; i <= round % 8; ++i, ++published) s.fork([&] { ++run; });
    });
  }
  REQUIRE(run == published);
  REQUIRE(pool.stats().total().wakeups_sent - before <= published);
}

TEST_CASE("promise 7: who publishes wakes no caller that waits for something else") {
  mp::thread_pool pool({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(0)});
  // The worker is held in a branch of a caller that sleeps.
  gate taken;
  gate held;
  std::thread caller([&] {
    pool.join([&] { taken.wait_for_arrivals(1); },
              [&] {
                taken.open();
                taken.pass();
                held.pass();
              });
  });
  const open_at_exit opener(held);
  held.wait_for_arrivals(1);
  const auto caller_sleeps = [&] {
    std::uint64_t n = 0;
    for (const auto& p : pool.stats().participants) n += p.is_worker ? 0 : p.sleeps;
    return n;
  };
  while (caller_sleeps() == 0) std::this_thread::yield();
  const auto before = pool.stats().total();
  std::atomic<int> run{0};
  for (int i = 0; i < 1000; ++i) {
    pool.join([&] { ++run; }, [&] { ++run; });
    pool.scope([&](mp::scope_ref s) { s.fork([&] { ++run; }); });
  }
  const auto after = pool.stats().total();
  held.open();
  caller.join();
  REQUIRE(run == 3000);
  REQUIRE(after.wakeups_sent == before.wakeups_sent);
}

TEST_CASE("promise 7: who publishes wakes nobody while one worker searches and the others sleep") {
  using clock = std::chrono::steady_clock;
  const auto publish = GENERATE(&run_spawned, &run_forked);
  constexpr std::size_t workers = 4;
  constexpr auto idle_spin = 500ms;
  constexpr int rounds = 10;
  for (int done = 0; done < rounds;) {
    processor_times times(workers);
    mp::thread_pool pool(
        {.num_threads = workers, .idle_spin = idle_spin, .on_thread_start = times.hook()});
    while (sleeps_of_workers(pool) < workers) std::this_thread::yield();
    auto began = clock::now();
    const auto searcher = publish(pool);
    for (; done < rounds; ++done) {
      // What is between the end of its job and its search takes less.
      const auto searches = times.of(searcher) + 1ms;
      while (times.of(searcher) < searches && clock::now() < began + idle_spin) {
        std::this_thread::yield();
      }
      const auto before = wakeups(pool);
      const auto begins = clock::now();
      const auto ran_it = publish(pool);
      // It may have gone to sleep by now, if the machine is busy: once more from the start.
      if (clock::now() >= began + idle_spin) break;
      REQUIRE(wakeups(pool) == before);
      REQUIRE(ran_it == searcher);
      began = begins;
    }
  }
}
