// SPDX-License-Identifier: MIT OR Apache-2.0
// Threads that block above tasks which await others: lifts (L1, L2), marks in the graph of waits
// (W1 to W4), and wake-ups that are forwarded (S6). A job that becomes ready anywhere below is run
// by a thread that blocks for its sake, where no other may run it.
#include "../pools.hpp"

#include <memory>
#include <thread>

using namespace micropool_test;
using simulation::check;

namespace {

mp::task<int> suspends(signal& s, int value) {
  co_await s;
  co_return value;
}
mp::task<int> awaits(mp::shared_task<int> t, int more) { co_return co_await t + more; }

}  // namespace

// Without workers only the joiner can run any of them.
TEST_CASE("waits: a joiner runs what becomes ready two waits below") {
  simulate_both(1'000, 1'100, [] {
    signal s;
    mp::thread_pool pool(workers(0));
    const auto b = pool.spawn_shared(suspends(s, 1));
    const auto a = pool.spawn_shared(awaits(b, 2));
    const auto g = pool.spawn_shared(awaits(a, 4));
    std::thread fires([&] { s.fire(); });
    check(g.join() == 7, "the sum");
    fires.join();
  });
}

// The tasks of the chain are on two pools.
TEST_CASE("waits: a caller runs what becomes ready on another pool two waits below") {
  simulate_both(1'000, 1'500, [] {
    signal s;
    mp::thread_pool here(workers(0));
    mp::thread_pool there(workers(0));
    const auto b = here.spawn_shared(suspends(s, 1));
    const auto a = there.spawn_shared(awaits(b, 2));
    std::thread fires([&] { s.fire(); });
    check(here.sync_wait(awaits(a, 4)) == 7, "the sum");
    fires.join();
  });
}

// Two threads block above the same task; the second comes when the first may have lifted it.
TEST_CASE("waits: two joiners above one task") {
  simulate_both(1'000, 1'500, [] {
    signal s;
    mp::thread_pool pool(workers(0));
    const auto b = pool.spawn_shared(suspends(s, 1));
    const auto a = pool.spawn_shared(awaits(b, 2));
    const auto c = pool.spawn_shared(awaits(b, 4));
    std::thread joins([&] { check(c.join() == 5, "the sum of the other"); });
    std::thread fires([&] { s.fire(); });
    check(a.join() == 3, "the sum");
    joins.join();
    fires.join();
  });
}

// A worker that runs the task begins to wait while its joiner blocks, or before.
TEST_CASE("waits: a task comes to wait for another while it is joined") {
  simulate_both(1'000, 1'500, [] {
    signal s, t;
    mp::thread_pool pool(workers(1));
    const auto b = pool.spawn_shared(suspends(s, 1));
    const auto late = [&]() -> mp::task<int> {
      co_await t;
      co_return co_await b + 2;
    };
    const auto a = pool.spawn_shared(late());
    std::thread fires([&] { s.fire(), t.fire(); });
    check(a.join() == 3, "the sum");
    fires.join();
  });
}

// The blocked worker holds the only place of background_limit, so no other may run what it awaits.
TEST_CASE("waits: a worker that blocks in a background task runs what that awaits") {
  simulate_both(1'000, 1'700, [] {
    signal s;
    door ended;
    mp::pool_options o = workers(1);
    mp::thread_pool pool(o);
    const auto b = pool.spawn_shared(suspends(s, 1));
    const auto v = pool.spawn_shared(awaits(b, 2));
    const auto t = pool.spawn_owned([&] {
      check(mp::sync_wait(awaits(v, 4)) == 7, "the sum");
      ended.open();
    });
    std::thread fires([&] { s.fire(); });
    ended.pass();
    fires.join();
  });
}

// One job becomes ready on the caller's pool and one on the other; the first that the caller finds
// waits for the other one, so the caller forwards its wake-up before it runs it (S6).
TEST_CASE("waits: a caller that is woken for one job and takes another forwards the wake-up") {
  simulate_both(1'000, 2'200, [] {
    signal first, second;
    door first_ran;
    mp::thread_pool there(workers(1));
    mp::thread_pool here(workers(0));
    const auto far = [&]() -> mp::task<> {
      co_await mp::resume_on(there);
      co_await first;
      first_ran.open();
    };
    const auto near = [&]() -> mp::task<> {
      co_await second;
      first_ran.pass();
    };
    const auto both = [&]() -> mp::task<> { co_await mp::join(near(), far()); };
    std::thread fires([&] {
      first.wait_for_waiter();
      second.wait_for_waiter();
      first.fire();
      second.fire();
    });
    here.sync_wait(both());
    fires.join();
  });
}

TEST_CASE("waits: a caller that is woken for an awaited task forwards the wake-up to another") {
  simulate_both(1'000, 2'200, [] {
    signal first, second;
    door first_ran;
    mp::thread_pool pool(workers(1));
    const auto opens = [&]() -> mp::task<int> {
      co_await first;
      first_ran.open();
      co_return 1;
    };
    const auto t = pool.spawn_shared(opens());
    const auto near = [&]() -> mp::task<> {
      co_await second;
      first_ran.pass();
    };
    const auto both = [&]() -> mp::task<> { co_await mp::join(near(), awaits(t, 0)); };
    std::thread fires([&] {
      first.wait_for_waiter();
      second.wait_for_waiter();
      first.fire();
      second.fire();
    });
    pool.sync_wait(both());
    fires.join();
  });
}
