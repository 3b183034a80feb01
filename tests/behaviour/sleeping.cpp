// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 7: spin, then sleep; wake-ups are counted.
#include "foreign.hpp"
#include "place.hpp"
#include "catch.hpp"
#include "cpu_time.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <thread>

namespace mp = micropool;
using micropool_test::gate;
using micropool_test::new_threads;
using micropool_test::open_at_exit;
using namespace std::chrono_literals;

namespace {

std::uint64_t sleeping_workers(const mp::thread_pool& pool) {
  std::uint64_t n = 0;
  for (const auto& p : pool.stats().participants) n += p.is_worker && p.sleeps > 0;
  return n;
}

}  // namespace

TEST_CASE("promise 7: an idle pool uses no processor after idle_spin") {
  const new_threads threads;
  mp::thread_pool pool({.num_threads = 4, .idle_spin = 1ms});
  pool.join([] {}, [] {});
  while (sleeping_workers(pool) < 4) std::this_thread::yield();
  // Less than a hundredth of one core.
  REQUIRE(threads.cpu_time_of_two_seconds() < 20ms);
}

TEST_CASE(
    "promise 7: a blocked caller and idle workers use no processor while others hold its work") {
  const new_threads threads;
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
  REQUIRE(threads.cpu_time_of_two_seconds() < 20ms);
  held.open();
  caller.join();
}

TEST_CASE("promise 7: a thread that ends a pool uses no processor while a call or a task is under way") {
  const bool by_call = GENERATE(true, false);
  CAPTURE(by_call);
  const new_threads threads;
  mp::thread_pool pool({.num_threads = 1, .idle_spin = 0ns, .shutdown_notice = 0s});
  gate held;
  std::thread caller;
  micropool_test::event never_before_the_end;
  if (by_call) {
    caller = std::thread([&] { pool.join([&] { held.pass(); }, [] {}); });
    held.wait_for_arrivals(1);
  } else {
    static_cast<void>(pool.spawn_owned([&]() -> mp::task<> { co_await never_before_the_end; }));
    never_before_the_end.wait_for_waiter();
  }
  std::thread ends([&] { pool.shutdown(); });
  const auto refused = [&] {
    try {
      static_cast<void>(pool.install([] { return 0; }));
    } catch (const mp::pool_stopped&) {
      return true;
    }
    return false;
  };
  while (!refused()) std::this_thread::yield();
  const auto used = threads.cpu_time_of_two_seconds();
  held.open();
  never_before_the_end.fire();
  ends.join();
  if (by_call) caller.join();
  // It looks again every 10 ms; a thread that did not sleep in between would use all of the time.
  REQUIRE(used < 400ms);
}

TEST_CASE("promise 7: no thread is woken while all workers are awake") {
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
