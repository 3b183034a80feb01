// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 3 with locks: who waits inside a locked section never meets, on its own stack, a job that
// wants the same lock. A broken promise is a hang. Blocking scopes are in suspending.cpp.
#include "catch.hpp"
#include "gate.hpp"
#include "scale.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
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

// Computed by whoever needs it first, in the background, and awaited by all others.
class lazy {
public:
  const mp::shared_task<int>& get() {
    const std::lock_guard lock(mutex_);
    if (!task_) task_ = mp::spawn_shared([] { return forks(); });
    return task_;
  }

private:
  std::mutex mutex_;
  mp::shared_task<int> task_;
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
  mp::thread_pool pool({.num_threads = 3});
  std::atomic<int> sum{0};
  for (std::size_t round = 0; round < scaled(50); ++round) {
    lazy value;
    const auto root = [&] {
      pool.install([&] { for_all_items([&] { sum += value.get().join(); }); });
    };
    std::thread other(root);
    root();
    other.join();
  }
  REQUIRE(sum == static_cast<int>(scaled(50)) * 2 * items * 4);
}

TEST_CASE("promise 3: a lazily computed task that many items await does not deadlock") {
  mp::thread_pool pool({.num_threads = 3});
  std::atomic<int> sum{0};
  for (std::size_t round = 0; round < scaled(50); ++round) {
    lazy value;
    const std::function<mp::task<>()> item = [&]() -> mp::task<> { sum += co_await value.get(); };
    const auto root = [&] { pool.sync_wait(for_all_items_awaited(item)); };
    std::thread other(root);
    root();
    other.join();
  }
  REQUIRE(sum == static_cast<int>(scaled(50)) * 2 * items * 4);
}

TEST_CASE("promise 3: a value computed and joined inside a lock does not deadlock") {
  mp::thread_pool pool({.num_threads = 3});
  std::atomic<int> sum{0};
  for (std::size_t round = 0; round < scaled(50); ++round) {
    std::once_flag once;
    int value = 0;
    const auto item = [&] {
      std::call_once(once, [&] { value = mp::spawn_owned([] { return forks(); }).join(); });
      sum += value;
    };
    const auto root = [&] { pool.install([&] { for_all_items(item); }); };
    std::thread other(root);
    root();
    other.join();
  }
  REQUIRE(sum == static_cast<int>(scaled(50)) * 2 * items * 4);
}
