// SPDX-License-Identifier: MIT OR Apache-2.0
// fork(): what the child may do with the pools of its parent, and what it finds there.
#include "catch.hpp"
#include "foreign.hpp"
#include "forked.hpp"
#include "gate.hpp"

#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<int> fib(int n) {
  if (n < 2) co_return n;
  const auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

// Two branches that meet, so two threads run them.
void meet(mp::thread_pool& pool) {
  mt::countdown both(2);
  pool.join([&] { both.arrive_and_wait(); }, [&] { both.arrive_and_wait(); });
}

// Holds the one worker of a pool.
class held_worker {
public:
  held_worker() {
    task_ = pool->spawn_owned([this] {
      gate_.pass();
      return 5;
    });
    gate_.wait_for_arrivals(1);
  }
  ~held_worker() { gate_.open(); }
  held_worker(const held_worker&) = delete;
  held_worker& operator=(const held_worker&) = delete;

  void let_go() { gate_.open(); }
  mp::owned_task<int>& task() { return task_; }

  std::optional<mp::thread_pool> pool{mp::pool_options{.num_threads = 1}};

private:
  mt::gate gate_;
  mp::owned_task<int> task_;
};

void detach(mp::owned_task<void> task) { static_cast<void>(task); }

// Uses the stacks that a child of fork() has from its parent's threads.
void overwrite_stacks() {
  constexpr int more_than_there_were = 8;
  std::latch at_once(more_than_there_were);
  std::vector<std::thread> threads;
  for (int i = 0; i < more_than_there_were; ++i) {
    threads.emplace_back([&] {
      std::array<unsigned char, std::size_t{64} << 10> all;
      all.fill(0xfe);
      // Used, as far as the compiler can tell.
      asm volatile("" : : "r"(all.data()) : "memory");
      at_once.arrive_and_wait();
    });
  }
  for (auto& t : threads) t.join();
}

// Returns true if joining says that fork() has left the task behind.
template <class Join>
bool says_lost(Join join) {
  try {
    join();
  } catch (const mp::task_cancelled& e) {
    return std::string(e.what()).find("fork()") != std::string::npos;
  }
  return false;
}

}  // namespace

TEST_CASE("after fork the workers of the parent's pool are there again in the child") {
  mp::thread_pool pool({.num_threads = 3});
  meet(pool);
  CHECK(mt::in_child([&] {
    meet(pool);
    return pool.sync_wait(fib(12)) == 144 && pool.num_threads() == 3 ? 0 : 1;
  }) == 0);
  meet(pool);
}

TEST_CASE("after fork a pool of the parent serves every kind of call in the child") {
  mp::thread_pool pool({.num_threads = 2});
  CHECK(mt::in_child([&] { return pool.join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2) ? 0 : 1; }) == 0);
  CHECK(mt::in_child([&] {
    std::atomic<int> n{0};
    pool.scope([&](mp::scope_ref s) {
      for (int i = 0; i < 50; ++i) s.fork([&] { ++n; });
    });
    return n == 50 ? 0 : 1;
  }) == 0);
  CHECK(mt::in_child([&] { return pool.spawn_owned(fib(10)).join() == 55 ? 0 : 1; }) == 0);
  CHECK(mt::in_child([&] { return pool.spawn_shared([] { return 7; }).join() == 7 ? 0 : 1; }) == 0);
  CHECK(mt::in_child([&] {
    const auto body = [] { return mp::join([] { return 1; }, [] { return 2; }); };
    return pool.spawn_owned(mp::stackful(body)).join() == std::tuple(1, 2) ? 0 : 1;
  }) == 0);
  CHECK(mt::in_child([&] {
    const std::vector<int> ones(5000, 1);
    return pool.install([&] { return mp::par_iter(ones).sum(); }) == 5000 ? 0 : 1;
  }) == 0);
}

TEST_CASE("after fork the global pool serves the child") {
  mp::join([] {}, [] {});
  CHECK(mt::in_child([] {
    meet(mp::current_pool());
    return mp::sync_wait(fib(10)) == 55 ? 0 : 1;
  }) == 0);
}

TEST_CASE("after fork a child makes and ends pools of its own") {
  mp::thread_pool pool({.num_threads = 2});
  CHECK(mt::in_child([] {
    for (int i = 0; i < 5; ++i) {
      mp::thread_pool own({.num_threads = 2});
      meet(own);
    }
    return 0;
  }) == 0);
}

TEST_CASE("a child of a child of fork has the pool as well") {
  mp::thread_pool pool({.num_threads = 2});
  CHECK(mt::in_child([&] {
    meet(pool);
    return mt::in_child([&] {
      meet(pool);
      return mt::in_child([&] {
        meet(pool);
        return 0;
      });
    });
  }) == 0);
}

TEST_CASE("what was queued in the background at a fork runs in the child at the end of the pool, and "
          "in the parent") {
  std::atomic<int> ran{0};
  held_worker held;
  for (int i = 0; i < 20; ++i) detach(held.pool->spawn_owned([&] { ++ran; }));
  CHECK(mt::in_child([&] {
    detach(held.pool->spawn_owned([&] { ++ran; }));
    held.pool.reset();
    return ran == 21 ? 0 : 1;
  }) == 0);
  CHECK(ran == 0);
  held.let_go();
  held.pool.reset();
  CHECK(ran == 20);
}

TEST_CASE("what was queued in the background at a fork is run in the child by its new workers") {
  mt::countdown all(20);
  held_worker held;
  for (int i = 0; i < 20; ++i) detach(held.pool->spawn_owned([&] { all.arrive(); }));
  auto last = held.pool->spawn_shared([] { return 3; });
  CHECK(mt::in_child([&] {
    detach(held.pool->spawn_owned([] {}));
    all.wait();
    return last.join() == 3 ? 0 : 1;
  }) == 0);
  held.let_go();
}

TEST_CASE("the handle of a task that another thread was running at the fork reports that in the child") {
  held_worker held;
  CHECK(mt::in_child([&] { return says_lost([&] { held.task().join(); }) ? 0 : 1; }) == 0);
  CHECK(mt::in_child([&] { return held.task().complete() ? 0 : 1; }) == 0);
  CHECK(mt::in_child([&] { return says_lost([&] { held.task().try_join(); }) ? 0 : 1; }) == 0);
  CHECK(mt::in_child([&] {
    const auto awaits = [](mp::owned_task<int> t) -> mp::task<int> {
      const int value = co_await std::move(t);
      co_return value;
    };
    return says_lost([&] { held.pool->sync_wait(awaits(std::move(held.task()))); }) ? 0 : 1;
  }) == 0);
  held.let_go();
  CHECK(held.task().join() == 5);
}

TEST_CASE("the end of a pool in the child of a fork does not wait for tasks that the parent was running") {
  std::atomic<int> exits{0};
  mp::pool_options options{.num_threads = 2};
  options.on_thread_exit = [&](std::size_t) { ++exits; };
  std::optional<mp::thread_pool> pool(options);
  mt::gate gate;
  auto task = pool->spawn_owned([&] { gate.pass(); });
  gate.wait_for_arrivals(1);
  CHECK(mt::in_child([&] {
    pool->shutdown();
    pool.reset();
    return exits.load();  // of threads that have never been made
  }) == 0);
  CHECK(mt::in_child([&] {
    meet(*pool);
    pool.reset();
    return exits == 1 || exits == 2 ? 0 : 1;
  }) == 0);
  gate.open();
}

// Its waiter has claimed it, and is held by another job before it can take it.
TEST_CASE("a task that waits unstarted in its own inbox at a fork runs in the child") {
  held_worker held;
  mt::gate stays;
  std::atomic<int> ran{0};
  const auto runs = [&]() -> mp::task<int> {
    ++ran;
    co_return 5;
  };
  auto shared = held.pool->spawn_shared(runs());
  std::thread waiter([&] {
    const auto awaits = [](mp::shared_task<int> t) -> mp::task<int> {
      const int value = co_await t;
      co_return value;
    };
    const auto holds = [&]() -> mp::task<> {
      stays.pass();
      co_return;
    };
    held.pool->sync_wait(mp::join(awaits(shared), holds()));
  });
  stays.wait_for_arrivals(1);
  CHECK(ran == 0);
  CHECK(mt::in_child([&] { return shared.join() == 5 ? 0 : 1; }) == 0);
  CHECK(mt::in_child([&] {
    held.pool.reset();
    return ran == 1 && shared.join() == 5 ? 0 : 1;
  }) == 0);
  // A child of a child counts anew.
  CHECK(mt::in_child([&] {
    return mt::in_child([&] {
      held.pool.reset();
      return ran == 1 ? 0 : 1;
    });
  }) == 0);
  stays.open();
  waiter.join();
  held.let_go();
  CHECK(ran == 1);
}

// AddressSanitizer may keep what a thread has on its stack elsewhere, where the child does not look.
#if !MICROPOOL_ASAN
TEST_CASE("a thread that forks inside a task that its call awaits finds the task again in the child") {
  mp::thread_pool pool({.num_threads = 0});
  pid_t child = -1;
  mt::event later;
  std::thread fires;
  const auto forks = [&]() -> mp::task<int> {
    co_await mp::yield();
    child = ::fork();
    if (child == 0) {
      fires = std::thread([&] {
        later.wait_for_waiter();
        // The caller has looked in vain by then.
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        later.fire();
      });
      co_await later;
    }
    co_return 5;
  };
  const auto awaits = [](mp::shared_task<int> t) -> mp::task<int> {
    const int value = co_await t;
    co_return value;
  };
  const auto shared = pool.spawn_shared(forks());
  int value = 0;
  // An inner call: the outermost one would find the task without the graph, as work of its root.
  pool.scope([&](mp::scope_ref) { value = mp::sync_wait(awaits(shared)); });
  if (child == 0) {
    fires.join();
    mt::end_child_with([&] { return value == 5 ? 0 : 1; });
  }
  CHECK(value == 5);
  CHECK(mt::result_of_child(child) == 0);
}
#endif

namespace {

// Forks inside a task that the call of another thread awaits. That call lies on a stack which the
// child uses again for threads of its own. There the task goes on with what `rest` returns.
template <class Rest>
int fork_in_awaited_task(mp::thread_pool& pool, Rest rest) {
  mt::gate ready;
  int result = -1;
  const auto forks = [&]() -> mp::task<int> {
    ready.pass();
    const pid_t child = ::fork();
    if (child == 0) {
      overwrite_stacks();
      co_await rest();
      ::_exit(0);
    }
    result = mt::result_of_child(child);
    co_return 5;
  };
  const auto shared = pool.spawn_shared(forks());
  ready.wait_for_arrivals(1);
  const auto asleep = pool.stats().total().sleeps;
  std::thread waiter([&] {
    pool.sync_wait([&]() -> mp::task<> { static_cast<void>(co_await shared); });
  });
  // In its call, and not on its way.
  while (pool.stats().total().sleeps == asleep) std::this_thread::yield();
  ready.open();
  waiter.join();
  return result;
}

}  // namespace

TEST_CASE("a task that another thread awaits at a fork inside it goes on in the child without that one") {
  mp::thread_pool pool({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(0)});
  CHECK(fork_in_awaited_task(pool, []() -> mp::task<> { co_await mp::yield(); }) == 0);
}

TEST_CASE("a task that another thread awaits at a fork inside it waits for others in the child") {
  mp::thread_pool pool({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(0)});
  const bool blocks = GENERATE(false, true);
  CAPTURE(blocks);
  const auto waits = [&]() -> mp::task<> {
    auto other = pool.spawn_shared(fib(5));
    if (blocks) {
      other.join();
    } else {
      co_await other;
    }
  };
  CHECK(fork_in_awaited_task(pool, waits) == 0);
}

TEST_CASE("a worker that forks goes on as a worker in the child") {
  mp::thread_pool pool({.num_threads = 2});
  int result = -1;
  mt::countdown over(1);
  detach(pool.spawn_owned([&] {
    const pid_t child = ::fork();
    if (child == 0) {
      mt::end_child_with([&] {
        meet(pool);
        return mp::this_thread_index().has_value() && pool.sync_wait(fib(10)) == 55 ? 0 : 1;
      });
    }
    result = mt::result_of_child(child);
    over.arrive();
  }));
  over.wait();
  CHECK(result == 0);
}

TEST_CASE("a stackful task that forks goes on in the child") {
  mp::thread_pool pool({.num_threads = 2});
  const auto body = [&] {
    const pid_t child = ::fork();
    if (child == 0) {
      mt::end_child_with([&] {
        const auto both = mp::join([] { return 1; }, [] { return 2; });
        return both == std::tuple(1, 2) && mp::await(fib(10)) == 55 ? 0 : 1;
      });
    }
    return mt::result_of_child(child);
  };
  CHECK(pool.spawn_owned(mp::stackful(body)).join() == 0);
}

TEST_CASE("a coroutine that forks goes on in the child, and so does its caller") {
  mp::thread_pool pool({.num_threads = 1});
  pid_t child = -1;
  const auto forks = [&]() -> mp::task<int> {
    child = ::fork();
    const int value = co_await fib(10);
    co_return value;
  };
  const int value = pool.sync_wait(forks());
  if (child == 0) mt::end_child_with([&] { return value == 55 ? 0 : 1; });
  CHECK(mt::result_of_child(child) == 0);
}

TEST_CASE("hooks of workers fork") {
  std::atomic<int> good{0};
  std::unique_ptr<mp::thread_pool> pool;
  mt::gate made;
  const auto forks = [&](std::size_t) {
    made.pass();
    const pid_t child = ::fork();
    if (child == 0) {
      mt::end_child_with([] {
        mp::thread_pool own({.num_threads = 1});
        meet(own);
        return 0;
      });
    }
    if (mt::result_of_child(child) == 0) ++good;
  };
  mp::pool_options options{.num_threads = 2};
  options.on_thread_start = forks;
  options.on_thread_exit = forks;
  pool = std::make_unique<mp::thread_pool>(options);
  made.open();
  meet(*pool);
  pool.reset();
  CHECK(good == 4);
}

TEST_CASE("a call whose other branch waits unstolen at the fork ends in the child") {
  mp::thread_pool pool({.num_threads = 0});
  pid_t child = -1;
  bool second = false;
  pool.join([&] { child = ::fork(); }, [&] { second = true; });
  if (child == 0) mt::end_child_with([&] { return second ? 0 : 1; });
  CHECK(mt::result_of_child(child) == 0);
}

TEST_CASE("a call that another thread had a part in at the fork ends the child with a message") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate gate;
  pid_t child = -1;
  pool.join(
      [&] {
        gate.wait_for_arrivals(1);
        child = ::fork();
        if (child == 0) std::signal(SIGABRT, SIG_DFL);
        if (child != 0) gate.open();
      },
      [&] { gate.pass(); });
  if (child == 0) ::_exit(0);  // not reached
  CHECK(mt::result_of_child(child) == -SIGABRT);
}

// LeakSanitizer looks at exit, and takes what the parent's threads own for leaked.
#if !MICROPOOL_ASAN
TEST_CASE("static pools end in a child that calls exit") {
  static mp::thread_pool pool({.num_threads = 2});
  meet(pool);
  const pid_t child = ::fork();
  if (child == 0) {
    pool.join([] {}, [] {});
    std::exit(0);
  }
  CHECK(mt::result_of_child(child) == 0);
}
#endif

TEST_CASE("counters of the parent's pool go on in the child") {
  mp::thread_pool pool({.num_threads = 2});
  for (int i = 0; i < 10; ++i) pool.spawn_owned([] {}).join();
  CHECK(mt::in_child([&] {
    pool.spawn_owned([] {}).join();
    const mp::pool_stats s = pool.stats();
    return s.tasks_spawned == 11 && s.tasks_ended == 11 ? 0 : 1;
  }) == 0);
}
