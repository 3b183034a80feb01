// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 3 with locks: who waits inside a locked section never meets, on its own stack, a job that
// wants the same lock. A broken promise is a hang. Blocking scopes are in suspending.cpp.
#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::scaled;

namespace {

constexpr int items = 16;

void spin() {
  for (int i = 0; i < 2000; ++i) asm volatile("");
}

int forks() {
  std::atomic<int> run{0};
  const auto branch = [&] {
    spin();
    ++run;
  };
  mp::join(branch, branch, branch, branch);
  return run;
}

// Two roots at a time, again and again.
void from_two_roots(mp::thread_pool& pool, const std::function<void()>& call) {
  for (std::size_t round = 0; round < scaled(50); ++round) {
    countdown both(2);
    const auto root = [&] {
      both.arrive_and_wait();
      pool.install(call);
    };
    std::thread other(root);
    root();
    other.join();
  }
}

void for_all_items(const std::function<void()>& item) {
  mp::scope([&](mp::scope_ref s) {
    for (int i = 0; i < items; ++i) s.fork([&] { item(); });
  });
}

mp::task<> for_all_items_awaited(const std::function<mp::task<>()>& item) {
  const auto body = [&](mp::scope_ref s) -> mp::task<> {
    for (int i = 0; i < items; ++i) s.fork(item());
    co_return;
  };
  co_await mp::scope(body);
}

// Computed for the first task that needs it, in the background, and awaited by all others.
class lazy {
public:
  explicit lazy(std::function<int()> compute) : compute_(std::move(compute)) {}

  const mp::shared_task<int>& get() {
    const std::lock_guard lock(mutex_);
    if (!task_) task_ = mp::spawn_shared(compute_);
    return task_;
  }

private:
  const std::function<int()> compute_;
  std::mutex mutex_;
  mp::shared_task<int> task_;
};

// A computation whose thread has to wait for a branch of it that another thread has taken, while
// there are items that want its value. For a pool of two workers that do not spin.
class overtaken {
public:
  explicit overtaken(const mp::thread_pool& pool) : pool_(pool) {}

  int compute() {
    mp::join([this] { others_wait_.wait(); },
             [this] {
               const auto before = sleeps_of_workers();
               taken_.arrive();
               while (sleeps_of_workers() == before) std::this_thread::yield();
             });
    return forks();
  }
  // The first of them computes.
  void fork_items(mp::scope_ref s, const std::function<void()>& item) {
    s.fork([&] { item(); });
    taken_.wait();
    for (int i = 1; i < items; ++i) s.fork([&] { item(); });
    others_wait_.arrive();
  }

private:
  std::uint64_t sleeps_of_workers() const {
    std::uint64_t n = 0;
    for (const auto& p : pool_.stats().participants) n += p.is_worker ? p.sleeps : 0;
    return n;
  }

  const mp::thread_pool& pool_;
  countdown taken_{1};
  countdown others_wait_{1};
};

}  // namespace

TEST_CASE("promise 3: awaited items that take one mutex around a blocking join do not deadlock") {
  mp::thread_pool pool({.num_threads = 3});
  std::mutex mutex;
  std::atomic<int> sum{0};
  const std::function<mp::task<>()> item = [&]() -> mp::task<> {
    co_await mp::yield();
    const std::lock_guard lock(mutex);
    sum += forks();
  };
  from_two_roots(pool, [&] { mp::sync_wait(for_all_items_awaited(item)); });
  REQUIRE(sum == static_cast<int>(scaled(50)) * 2 * items * 4);
}

TEST_CASE("promise 3: items that take one mutex around a background task's join do not deadlock") {
  mp::thread_pool pool({.num_threads = 3});
  std::mutex mutex;
  std::atomic<int> sum{0};
  from_two_roots(pool, [&] {
    for_all_items([&] {
      const std::lock_guard lock(mutex);
      auto t = mp::spawn_owned([] { return forks(); });
      spin();
      sum += t.join();
    });
  });
  REQUIRE(sum == static_cast<int>(scaled(50)) * 2 * items * 4);
}

TEST_CASE("promise 3: background tasks that take one mutex around a join do not deadlock") {
  mp::thread_pool pool({.num_threads = 3});
  std::mutex mutex;
  std::atomic<int> sum{0};
  from_two_roots(pool, [&] {
    std::vector<mp::owned_task<void>> tasks;
    for (int i = 0; i < items; ++i) {
      tasks.push_back(mp::spawn_owned([&] {
        const std::lock_guard lock(mutex);
        sum += forks();
      }));
    }
    for (auto& t : tasks) t.join();
  });
  REQUIRE(sum == static_cast<int>(scaled(50)) * 2 * items * 4);
}

TEST_CASE("promise 3: a lazily computed task that many items join does not deadlock") {
  mp::thread_pool pool({.num_threads = 2, .idle_spin = std::chrono::nanoseconds(0)});
  overtaken o(pool);
  lazy value([&] { return o.compute(); });
  std::atomic<int> sum{0};
  const std::function<void()> item = [&] { sum += value.get().join(); };
  pool.scope([&](mp::scope_ref s) { o.fork_items(s, item); });
  REQUIRE(sum == items * 4);
}

TEST_CASE("promise 3: a lazily computed task that many items await does not deadlock") {
  mp::thread_pool pool({.num_threads = 3});
  std::atomic<int> sum{0};
  for (std::size_t round = 0; round < scaled(50); ++round) {
    countdown all_there(2 * items);
    lazy value([&] {
      all_there.wait();
      return forks();
    });
    const std::function<mp::task<>()> item = [&]() -> mp::task<> {
      all_there.arrive();
      sum += co_await value.get();
    };
    const auto root = [&] { pool.sync_wait(for_all_items_awaited(item)); };
    std::thread other(root);
    root();
    other.join();
  }
  REQUIRE(sum == static_cast<int>(scaled(50)) * 2 * items * 4);
}

TEST_CASE("promise 3: a value computed and joined inside a lock does not deadlock") {
  mp::thread_pool pool({.num_threads = 2, .idle_spin = std::chrono::nanoseconds(0)});
  overtaken o(pool);
  std::once_flag once;
  int value = 0;
  std::atomic<int> sum{0};
  const std::function<void()> item = [&] {
    std::call_once(once, [&] { value = mp::spawn_owned([&] { return o.compute(); }).join(); });
    sum += value;
  };
  pool.scope([&](mp::scope_ref s) { o.fork_items(s, item); });
  REQUIRE(sum == items * 4);
}
