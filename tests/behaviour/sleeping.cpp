// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 7: spin, then sleep; wake-ups are counted.
#include "../api/place.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace mp = micropool;
using micropool_test::gate;
using micropool_test::open_at_exit;
using namespace std::chrono_literals;

namespace {

std::chrono::microseconds cpu_time() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return std::chrono::seconds(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         std::chrono::microseconds(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

// Of this process, over two seconds. The test's other threads wait in the kernel.
std::chrono::microseconds cpu_time_of_two_seconds() {
  const auto before = cpu_time();
  std::this_thread::sleep_for(2s);
  return cpu_time() - before;
}

std::uint64_t sleeping_workers(const mp::thread_pool& pool) {
  std::uint64_t n = 0;
  for (const auto& p : pool.stats().participants) n += p.is_worker && p.sleeps > 0;
  return n;
}

}  // namespace

TEST_CASE("promise 7: an idle pool uses no processor after idle_spin") {
  mp::thread_pool pool({.num_threads = 4, .idle_spin = 1ms});
  pool.join([] {}, [] {});
  while (sleeping_workers(pool) < 4) std::this_thread::yield();
  // Less than a hundredth of one core.
  REQUIRE(cpu_time_of_two_seconds() < 20ms);
}

TEST_CASE(
    "promise 7: a blocked caller and idle workers use no processor while others hold its work") {
  mp::thread_pool pool({.num_threads = 2, .idle_spin = 1ms});
  gate held;
  gate begun;
  std::thread caller([&] {
    pool.join([&] { begun.wait_for_arrivals(1); },
              [&] {
                begun.open();
                begun.pass();
                held.pass();
              });
  });
  const open_at_exit open_it(held);
  held.wait_for_arrivals(1);
  while (pool.stats().total().sleeps < 2) std::this_thread::yield();
  REQUIRE(cpu_time_of_two_seconds() < 20ms);
  held.open();
  caller.join();
}

TEST_CASE("promise 7: nobody is woken while all workers are awake") {
  mp::thread_pool pool({.num_threads = 2, .idle_spin = 1h});
  micropool_test::meet_all_workers(pool);
  for (int i = 0; i < 10000; ++i) pool.join([] {}, [] {});
  pool.sync_wait(mp::scope([](mp::scope_ref s) -> mp::task<> {
    for (int i = 0; i < 1000; ++i) s.fork([] {});
    co_return;
  }));
  const auto all = pool.stats().total();
  REQUIRE(all.wakeups_sent == 0);
  REQUIRE(all.sleeps == 0);
}

TEST_CASE("promise 7: a published job wakes at most one sleeper, and enough are woken") {
  mp::thread_pool pool({.num_threads = 4, .idle_spin = 0ns});
  micropool_test::meet_all_workers(pool);
  const auto before = pool.stats().total().wakeups_sent;
  constexpr std::uint64_t rounds = 300;
  std::atomic<int> run{0};
  for (std::uint64_t i = 0; i < rounds; ++i) pool.join([&] { ++run; }, [&] { ++run; });
  REQUIRE(run == 2 * rounds);
  // One job is published per round; sleepers that were woken publish none.
  REQUIRE(pool.stats().total().wakeups_sent - before <= rounds);
  // Every worker comes when it is needed, though all sleep.
  for (int i = 0; i < 200; ++i) micropool_test::meet_all_workers(pool);
}
