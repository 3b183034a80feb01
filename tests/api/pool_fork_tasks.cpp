// SPDX-License-Identifier: MIT OR Apache-2.0
// fork(): what becomes of background tasks that are queued, awaited or running at that moment.
#include "catch.hpp"
#include "foreign.hpp"
#include "forked.hpp"
#include "forking.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

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

TEST_CASE("what was queued in the background at a fork runs in the child at the end of the pool, and "
          "in the parent") {
  std::atomic<int> ran{0};
  held_worker held;
  for (int i = 0; i < 20; ++i) mt::detach(held.pool->spawn_owned([&] { ++ran; }));
  CHECK(mt::in_child([&] {
    mt::detach(held.pool->spawn_owned([&] { ++ran; }));
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
  for (int i = 0; i < 20; ++i) mt::detach(held.pool->spawn_owned([&] { all.arrive(); }));
  auto last = held.pool->spawn_shared([] { return 3; });
  CHECK(mt::in_child([&] {
    mt::detach(held.pool->spawn_owned([] {}));
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
    mt::meet(*pool);
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
    auto other = pool.spawn_shared(mt::fib(5));
    if (blocks) {
      other.join();
    } else {
      co_await other;
    }
  };
  CHECK(fork_in_awaited_task(pool, waits) == 0);
}
