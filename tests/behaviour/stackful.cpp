// SPDX-License-Identifier: MIT OR Apache-2.0
// Stackful tasks and the promises: 1 and 2 (callers and threads that are stuck), 4 (a wait holds no
// thread), 5 (lifting), 10 (memory), 11 (shutdown).
#include "foreign.hpp"
#include "place.hpp"
#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"

#include <micropool/detail/base/macros.hpp>
#include <micropool/micropool.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <coroutine>
#include <cstddef>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace {

using micropool_test::countdown;
using micropool_test::event;
using micropool_test::gate;
using micropool_test::sized;

// Any number of coroutines wait for it; fired once, it resumes them on the thread that fires.
class broadcast {
public:
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) {
    const std::lock_guard lock(mutex_);
    if (fired_) return false;
    waiting_.push_back(h);
    return true;
  }
  void await_resume() const noexcept {}

  void fire() {
    std::vector<std::coroutine_handle<>> all;
    {
      const std::lock_guard lock(mutex_);
      fired_ = true;
      all.swap(waiting_);
    }
    for (const auto h : all) h.resume();
  }
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::coroutine_handle<>> waiting_;
  bool fired_ = false;
};

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

long fib(int n) {
  if (n < 2) return n;
  auto [a, b] = mp::join([&] { return fib(n - 1); }, [&] { return fib(n - 2); });
  return a + b;
}

// ThreadSanitizer knows 8,000 threads and fibers at once.
constexpr std::size_t many = sized<std::size_t>(MICROPOOL_TSAN ? 2'000 : 10'000, 50);
// Both keep notes of their own about every stack.
constexpr bool memory_counts = !MICROPOOL_TSAN && !MICROPOOL_ASAN;

}  // namespace

TEST_CASE("promises 4 and 10: ten thousand stackful tasks wait on two workers and joins go on") {
  mp::thread_pool pool({.num_threads = 2});
  broadcast event;
  std::atomic<std::size_t> ended{0};
  const std::size_t before = resident_bytes();
  std::vector<mp::owned_task<void>> tasks;
  for (std::size_t i = 0; i < many; ++i) {
    tasks.push_back(pool.spawn_owned(mp::stackful([&] {
      mp::await(event);
      ++ended;
    })));
  }
  while (event.waiting() < many) std::this_thread::yield();
  const std::size_t grown = resident_bytes() - before;
  // Two pages of a stack, the coroutine, and what the kernel notes about it.
  if constexpr (memory_counts) CHECK(grown < many * 16 * 1024);
  // Both workers and the caller are free.
  micropool_test::meet_all_workers(pool);
  CHECK(pool.install([] { return fib(15); }) == 610);
  CHECK(ended == 0);
  event.fire();
  for (auto& t : tasks) t.join();
  CHECK(ended == many);
  if constexpr (memory_counts) {
    // What is kept for the next ones has given back all but its top.
    CHECK(resident_bytes() - before < many * 16 * 1024);
  }
}

TEST_CASE("promise 1: stackful tasks end without workers") {
  mp::thread_pool pool({.num_threads = 0});
  const long result = pool.sync_wait(mp::stackful([] {
    auto t = mp::spawn_owned(mp::stackful([] { return fib(8); }));
    const long awaited = mp::await(mp::stackful([] { return fib(9); }));
    mp::await(mp::yield());
    return awaited + t.join() + mp::par_range(10).sum();
  }));
  CHECK(result == 34 + 21 + 45);
}

TEST_CASE("promise 2: a stackful call goes on while all workers are stuck") {
  mp::thread_pool pool({.num_threads = 2});
  gate stuck;
  std::vector<mp::owned_task<void>> holders;
  for (int i = 0; i < 2; ++i) holders.push_back(pool.spawn_owned([&] { stuck.pass(); }));
  stuck.wait_for_arrivals(2);
  micropool_test::foreign_thread elsewhere;
  const long result = pool.sync_wait(mp::stackful([&] {
    long sum = fib(10);
    sum += mp::await(elsewhere.resume_here(1));
    return sum + fib(10);
  }));
  CHECK(result == 111);
  stuck.open();
  for (auto& h : holders) h.join();
}

TEST_CASE("promise 4: what ends last goes on with the stackful task that waits for it") {
  // The branch that is stolen ends on the worker; no other thread could resume the task, since the
  // thread that has left it is held.
  mp::thread_pool pool({.num_threads = 2});
  gate left;
  gate branch;
  gate holder;
  std::atomic<bool> ended{false};
  auto task = pool.spawn_owned(mp::stackful([&] {
    mp::join([&] { branch.wait_for_arrivals(1); }, [&] { branch.pass(); });
    ended = true;
    left.open();
  }));
  branch.wait_for_arrivals(1);
  auto held = pool.spawn_owned([&] { holder.pass(); });
  holder.wait_for_arrivals(1);
  branch.open();
  left.pass();
  CHECK(ended);
  holder.open();
  held.join();
  task.join();
}

TEST_CASE("promise 5: foreground work that joins a stackful background task lifts it") {
  // With no place for background work the task goes on only because it is lifted.
  mp::thread_pool pool({.num_threads = 2, .background_limit = 0});
  event e;
  auto task = pool.spawn_owned(mp::stackful([&] {
    mp::await(e);
    auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
    return a + b;
  }));
  std::thread firing([&] {
    e.wait_for_waiter();
    e.fire();
  });
  CHECK(task.join() == 3);
  firing.join();

  // And from a stackful task, which suspends for it.
  event second;
  const int sum = [&] {
    std::thread fires([&] {
      second.wait_for_waiter();
      second.fire();
    });
    const int s = pool.sync_wait(mp::stackful([&] {
      auto t = mp::spawn_shared(mp::stackful([&] {
        mp::await(second);
        return 4;
      }));
      return t.join() + t.join();
    }));
    fires.join();
    return s;
  }();
  CHECK(sum == 8);
}

TEST_CASE("promise 5: foreground work goes before stackful tasks that have become ready again") {
  mp::thread_pool pool({.num_threads = 1});
  event e;
  std::vector<int> order;
  auto task = pool.spawn_owned(mp::stackful([&] {
    mp::await(e);
    order.push_back(2);
  }));
  e.wait_for_waiter();
  gate holder;
  std::thread call([&] {
    countdown both(2);
    pool.join(
        [&] {
          both.arrive_and_wait();
          holder.wait_for_arrivals(1);
        },
        [&] {
          both.arrive_and_wait();
          holder.pass();
          order.push_back(1);
        });
  });
  holder.wait_for_arrivals(1);
  e.fire();
  holder.open();
  call.join();
  while (!task.complete()) std::this_thread::yield();
  CHECK(order == std::vector{1, 2});
  task.join();
}

TEST_CASE("promise 11: a pool that ends waits for stackful tasks that are suspended") {
  event e;
  std::atomic<int> ended{0};
  std::thread firing;
  {
    mp::thread_pool pool({.num_threads = 2});
    static_cast<void>(pool.spawn_owned(mp::stackful([&] {
      mp::await(e);
      fib(10);
      ++ended;
    })));
    e.wait_for_waiter();
    firing = std::thread([&] { e.fire(); });
  }
  CHECK(ended == 1);
  firing.join();
}

TEST_CASE("promise 11: a shutdown that cancels takes stackful tasks that have not begun") {
  mp::thread_pool pool({.num_threads = 1});
  gate stuck;
  auto holder = pool.spawn_owned([&] { stuck.pass(); });
  stuck.wait_for_arrivals(1);
  bool called = false;
  auto task = pool.spawn_owned(mp::stackful([&] { called = true; }));
  std::thread ends([&] { pool.shutdown(mp::shutdown::cancel_queued); });
  while (!task.complete()) std::this_thread::yield();
  stuck.open();
  ends.join();
  CHECK_THROWS_AS(task.join(), mp::task_cancelled);
  CHECK_FALSE(called);
  holder.join();
}
