// SPDX-License-Identifier: MIT OR Apache-2.0
// The promises of docs/guarantees.md on simulated threads, in small: in orders that real threads do
// not come to by chance. Time is virtual, so what sleeps is known for certain.
#include "../pools.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace micropool_test;
using simulation::check;

TEST_CASE("promise 1: without workers every call completes, and a task that is waited for runs") {
  simulate_both(1'000, 900, [] {
    int ran = 0;
    mp::thread_pool pool(workers(0));
    pool.join([&] { ++ran; }, [&] { ++ran; });
    pool.spawn_owned([&] { ++ran; }).join();
    pool.sync_wait([](int& n) -> mp::task<> {
      ++n;
      co_await mp::yield();
      ++n;
    }(ran));
    check(ran == 5, "all of it ran");
  });
}

TEST_CASE("promise 2: calls from outside end while every worker is stuck") {
  simulate_both(1'000, 1'500, [] {
    door stuck, release;
    mp::thread_pool pool(workers(1));
    auto t = pool.spawn_owned([&] {
      stuck.open();
      release.pass();
    });
    stuck.pass();
    signal s;
    int ran = 0;
    const auto suspends = [&]() -> mp::task<> {
      co_await s;
      ++ran;
    };
    std::thread outside([&] { s.fire(); });
    pool.join([&] { ++ran; }, [] {});
    pool.sync_wait(suspends());
    outside.join();
    check(ran == 2, "both calls have ended");
    release.open();
    t.join();
  });
}

// A lock that is held around a wait never meets other work that takes it.
TEST_CASE("promise 3: branches that take one mutex around a join do not deadlock") {
  simulate_both(1'000, 1'600, [] {
    std::mutex m;
    int ran = 0;
    mp::thread_pool pool(workers(2));
    const auto locks = [&] {
      const std::lock_guard lock(m);
      mp::join([] {}, [] {});
      ++ran;
    };
    pool.join(locks, locks, locks);
    check(ran == 3, "each ran");
  });
}

TEST_CASE("promise 3: tasks that take one mutex around the join of a common one do not deadlock") {
  simulate_both(1'000, 1'600, [] {
    std::mutex m;
    mp::thread_pool pool(workers(2));
    const auto common = pool.spawn_shared([] { return 1; });
    const auto locks = [&] {
      const std::lock_guard lock(m);
      return common.join();
    };
    auto one = pool.spawn_owned(locks);
    auto two = pool.spawn_owned(locks);
    check(one.join() + two.join() == 2, "each ran");
  });
}

TEST_CASE("promise 4: a coroutine that waits holds no worker") {
  simulate_both(1'000, 1'500, [] {
    signal s;
    door ran;
    mp::thread_pool pool(workers(1));
    const auto waits = [&]() -> mp::task<> { co_await s; };
    auto t = pool.spawn_owned(waits());
    auto u = pool.spawn_owned([&] { ran.open(); });
    ran.pass();
    s.fire();
    t.join();
    u.join();
  });
}

TEST_CASE("promise 5: foreground work that joins a background task gets what the task has forked") {
  simulate_both(1'000, 1'800, [] {
    door forked, release;
    std::atomic<int> ran{0};
    mp::thread_pool pool(workers(1));
    // The worker is held inside the task; its child can be run by the joiner only.
    auto t = pool.spawn_owned([&] {
      mp::join([&] { forked.open(), release.pass(); },
               [&] {
                 ran += 1;
                 release.open();
               });
    });
    forked.pass();
    t.join();
    check(ran == 1, "the child ran");
  });
}

TEST_CASE("promise 6: two callers from outside with a root each both end") {
  simulate_both(1'000, 1'600, [] {
    std::atomic<int> ran{0};
    mp::thread_pool pool(workers(1));
    const auto calls = [&] { pool.join([&] { ran += 1; }, [&] { ran += 1; }); };
    std::thread other(calls);
    calls();
    other.join();
    check(ran == 4, "all branches");
  });
}

// Each of the three branches waits for all others, so all workers must come.
TEST_CASE("promise 7: as many workers come as branches wait for each other") {
  simulate_both(1'500, 1'400, [] {
    std::atomic<int> here{0};
    mp::thread_pool pool(workers(2));
    const auto meets = [&] {
      here.fetch_add(1, std::memory_order_acq_rel);
      here.notify_all();
      for (int n = here.load(); n < 3; n = here.load()) here.wait(n);
    };
    pool.join(meets, meets, meets);
  });
}

TEST_CASE("promise 7: a spawned task is begun by a worker, whichever threads sleep") {
  simulate_both(1'500, 1'100, [] {
    door first, second;
    mp::thread_pool pool(workers(2));
    const auto a = pool.spawn_owned([&] { first.open(), second.pass(); });
    const auto b = pool.spawn_owned([&] { first.pass(), second.open(); });
    second.pass();
    first.pass();
  });
}

TEST_CASE(
    "promise 8: of the branches that throw the first in order arrives, after all have ended") {
  simulate_both(1'000, 1'400, [] {
    std::atomic<int> ended{0};
    mp::thread_pool pool(workers(2));
    const auto fails = [&](const char* what) {
      return [&ended, what] {
        ended += 1;
        throw std::runtime_error(what);
      };
    };
    try {
      pool.join(fails("first"), fails("second"), [&] { ended += 1; });
      check(false, "it throws");
    } catch (const std::runtime_error& e) {
      check(e.what() == std::string("first"), "the first in order");
      check(ended == 3, "after all have ended");
    }
  });
}

// Blocks of scope children and of coroutines gather where they are released, so these take longer to
// get warm.
TEST_CASE("promise 9: joins and loops of a warm pool allocate nothing, with or without help") {
  const auto program = [] {
    mp::thread_pool pool({.num_threads = 2, .idle_spin = std::chrono::nanoseconds(0)});
    const auto calls = [&] {
      int numbers[8] = {};
      mp::join([&] { mp::join([] {}, [] {}); }, [] {});
      mp::par_iter(numbers).with(mp::split_per_item()).for_each([](int& x) { ++x; });
      check(mp::par_iter(numbers).sum() == 8, "the sum");
    };
    std::uint64_t before = 0, after = 0;
    pool.install([&] {
      // On each thread, so that each has the blocks that it needs.
      std::atomic<int> here{0};
      const auto warm = [&] {
        here.fetch_add(1);
        while (here.load() < 3) std::this_thread::yield();
        calls();
        calls();
      };
      mp::join(warm, warm, warm);
      calls();
      before = simulation::allocations();
      calls();
      after = simulation::allocations();
    });
    check(before == after, "nothing was allocated");
  };
  simulation::options how{.by = simulation::strategy::priorities,
                          .executions = 300,
                          .changes = 4,
                          .steps = 4'000,
                          .recycle_frames = true};
  simulate(how, program);
  how.by = simulation::strategy::random;
  simulate(how, program);
}

// Whatever is left in the end is a leak, which the simulated heap reports.
TEST_CASE("promise 10: nothing is left of coroutines, fibers, scopes and tasks") {
  simulate_both(500, 2'500, [] {
    mp::thread_pool pool(workers(1));
    const auto leaf = []() -> mp::task<int> {
      co_await mp::yield();
      co_return 1;
    };
    const auto all = [&]() -> mp::task<> {
      co_await mp::join(leaf(), leaf());
      auto t = mp::spawn_owned(leaf());
      co_await std::move(t);
    };
    pool.sync_wait(all());
    pool.sync_wait(mp::stackful([&] { mp::await(leaf()); }));
    pool.scope([&](mp::scope_ref s) { s.fork(leaf()); });
  });
}

TEST_CASE(
    "promise 11: a thread that waits for a task gets an answer when the pool ends meanwhile") {
  simulate_both(1'500, 1'300, [] {
    std::atomic<int> answers{0};
    auto pool = std::make_unique<mp::thread_pool>(workers(1));
    const auto t = pool->spawn_shared([] { return 1; });
    const auto ask = [t, &answers] {
      try {
        check(t.join() == 1, "the result");
        answers += 1;
      } catch (const mp::task_cancelled&) {
        answers += 1;
      } catch (const mp::pool_stopped&) {
        answers += 1;
      }
    };
    std::thread one(ask), two(ask);
    pool->shutdown(mp::shutdown::cancel_queued);
    one.join();
    two.join();
    check(answers == 2, "each has an answer");
  });
}

TEST_CASE("sixteen workers: branches of branches, and tasks") {
  simulate(
      {.by = simulation::strategy::priorities, .executions = 60, .changes = 8, .steps = 12'000},
      [] {
        std::atomic<int> ran{0};
        mp::thread_pool pool(workers(16));
        const auto leaf = [&] { ran += 1; };
        const auto four = [&] { mp::join(leaf, leaf, leaf, leaf); };
        std::vector<mp::owned_task<void>> tasks;
        for (int i = 0; i < 8; ++i) tasks.push_back(pool.spawn_owned(four));
        pool.join(four, four, four, four);
        for (auto& t : tasks) t.join();
        check(ran == 48, "every leaf ran once");
      });
}
