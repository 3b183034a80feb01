// SPDX-License-Identifier: MIT OR Apache-2.0
// Work that has gone over to another pool, and the end of that pool.
#include "catch.hpp"
#include "foreign.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

bool refuses_calls(mp::thread_pool& pool) {
  try {
    pool.install([] {});
  } catch (const mp::pool_stopped&) {
    return true;
  }
  return false;
}

// A pool at home, and one whose end is watched.
struct two_pools {
  std::atomic<bool> worker_has_left{false};
  mp::thread_pool home{{.num_threads = 1}};
  mp::thread_pool other{
      {.num_threads = 1, .on_thread_exit = [this](std::size_t) { worker_has_left = true; }}};
};

mp::task<> migrate_and_wait(two_pools& pools, mt::event& e) {
  co_await mp::resume_on(pools.other);
  co_await e;
}

mp::task<> wait_at(mp::thread_pool& pool, mt::event& e) {
  co_await mp::resume_on(pool);
  co_await e;
}

mp::task<> migrate_and_wait_for_a_child_at_home(two_pools& pools, mt::event& e) {
  co_await mp::resume_on(pools.other);
  co_await wait_at(pools.home, e);
}

mp::task<> join_on_the_other(two_pools& pools, mt::event& e) {
  const auto waits = [&]() -> mp::task<> { co_await e; };
  co_await pools.other.join(waits(), [] {});
}

void install_and_wait(two_pools& pools, mt::event& e) {
  pools.other.install([&] { mp::await(e); });
}

void install_and_go_home_to_wait(two_pools& pools, mt::event& e) {
  pools.other.install([&] { pools.home.install([&] { mp::await(e); }); });
}

void leave_a_scope_there(two_pools& pools, mt::event& e) {
  mp::await(mp::resume_on(pools.other));
  const auto waits = [&]() -> mp::task<> { co_await e; };
  mp::scope([&](mp::scope_ref s) {
    s.fork(waits());
    mp::await(mp::resume_on(pools.home));
  });
}

void resume_there_and_wait(two_pools& pools, mt::event& e) {
  mp::await(mp::resume_on(pools.other));
  mp::await(e);
}

using form = mp::task<> (*)(two_pools&, mt::event&);

template <void (*plain)(two_pools&, mt::event&)>
mp::task<> as_stackful(two_pools& pools, mt::event& e) {
  co_await mp::stackful([&] { plain(pools, e); });
}

}  // namespace

TEST_CASE("a pool that shuts down waits for coroutines and stackful tasks that are its guests") {
  const form f =
      GENERATE(as<form>(), &migrate_and_wait, &migrate_and_wait_for_a_child_at_home,
               &join_on_the_other,
               &as_stackful<install_and_wait>, &as_stackful<install_and_go_home_to_wait>,
               &as_stackful<leave_a_scope_there>, &as_stackful<resume_there_and_wait>);
  two_pools pools;
  mt::event e;
  auto t = pools.home.spawn_owned(f(pools, e));
  e.wait_for_waiter();
  std::thread ends([&] { pools.other.shutdown(); });
  while (!refuses_calls(pools.other)) std::this_thread::yield();
  // A pool that does not wait ends within this time; one that does passes however slow it is.
  for (int i = 0; i < 50 && !pools.worker_has_left; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK_FALSE(pools.worker_has_left);
  e.fire();
  t.join();
  ends.join();
  CHECK(pools.worker_has_left);
}

TEST_CASE("what waits on a pool that shuts down still forks there and goes home") {
  const std::size_t workers = GENERATE(0u, 1u);
  mp::thread_pool home({.num_threads = 1});
  mp::thread_pool other({.num_threads = workers});
  mt::event e;
  int sum = 0;
  const auto child = [&](int n) -> mp::task<int> {
    co_await mp::yield();
    co_return &mp::current_pool() == &other ? n : 0;
  };
  const auto visits = [&]() -> mp::task<int> {
    co_await mp::resume_on(other);
    co_await e;
    const auto [a, b] = co_await mp::join(child(1), child(2));
    co_await mp::resume_on(home);
    co_return a + b;
  };
  std::thread caller([&] { sum = home.sync_wait(visits()); });
  e.wait_for_waiter();
  // Without workers the caller itself was a guest of `other`; asleep it no longer is.
  while (home.stats().participants.back().sleeps == 0) std::this_thread::yield();
  std::thread ends([&] { other.shutdown(); });
  while (!refuses_calls(other)) std::this_thread::yield();
  e.fire();
  caller.join();
  ends.join();
  CHECK(sum == 3);
}

TEST_CASE("a pool that shuts down waits for the caller who runs what its guest has left there") {
  mp::thread_pool home({.num_threads = 0});
  mp::thread_pool other({.num_threads = 0});
  mt::event e;
  std::atomic<bool> ended{false};
  bool too_late = false;
  // Gives a pool that does not wait the time to end.
  const auto left_behind = [&] {
    for (int i = 0; i < 50 && !ended; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    too_late = ended;
  };
  std::thread caller([&] {
    const auto forks_there = [&](mp::scope_ref s) -> mp::task<> {
      co_await mp::resume_on(other);
      co_await e;
      s.fork(left_behind);
    };
    const auto body = [&](mp::scope_ref s) -> mp::task<> {
      s.fork(forks_there(s));
      co_return;
    };
    home.sync_wait(mp::scope(body));
  });
  e.wait_for_waiter();
  std::thread ends([&] {
    other.shutdown();
    ended = true;
  });
  while (!refuses_calls(other)) std::this_thread::yield();
  e.fire();
  caller.join();
  ends.join();
  CHECK_FALSE(too_late);
}

TEST_CASE("who has left a pool is not waited for") {
  two_pools pools;
  mt::event e;
  const auto comes_and_goes = [&]() -> mp::task<> {
    co_await mp::resume_on(pools.other);
    co_await mp::resume_on(pools.home);
    co_await mp::stackful([&] { pools.other.install([] { mp::await(mp::yield()); }); });
    co_await e;
  };
  auto t = pools.home.spawn_owned(comes_and_goes());
  e.wait_for_waiter();
  pools.other.shutdown();
  CHECK(pools.worker_has_left);
  e.fire();
  t.join();
}

TEST_CASE("a task may come home while its own pool shuts down, and go nowhere that has") {
  const bool as_plain_code = GENERATE(false, true);
  two_pools pools;
  mp::thread_pool third({.num_threads = 1});
  mt::event e;
  std::string refused;
  const auto as_coroutine = [&]() -> mp::task<bool> {
    co_await mp::resume_on(third);
    co_await e;
    try {
      co_await mp::resume_on(pools.other);
    } catch (const mp::pool_stopped& stopped) {
      refused = stopped.what();
    }
    co_await mp::resume_on(pools.home);
    co_return &mp::current_pool() == &pools.home;
  };
  const auto plain = [&] {
    return third.install([&] {
      mp::await(e);
      try {
        pools.other.install([] {});
      } catch (const mp::pool_stopped& stopped) {
        refused = stopped.what();
      }
      return pools.home.install([&] { return &mp::current_pool() == &pools.home; });
    });
  };
  auto t = pools.home.spawn_owned(as_plain_code ? mp::stackful(plain) : as_coroutine());
  e.wait_for_waiter();
  pools.other.shutdown();
  std::thread ends([&] { pools.home.shutdown(); });
  while (!refuses_calls(pools.home)) std::this_thread::yield();
  e.fire();
  CHECK(t.join());
  ends.join();
  CHECK_THAT(refused, mt::contains("shut down"));
}
