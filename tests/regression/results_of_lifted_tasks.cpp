// SPDX-License-Identifier: MIT OR Apache-2.0
// While a thread waits for a background task, the worker inside it works for the root of that wait.
// The worker told the waiters of the end first and gave the task up afterwards. By then all of them
// could have returned and dropped their handles: the worker destroyed the result, and what the
// destructor forked belonged to a root that was gone.
#include <micropool/micropool.hpp>

#include "background.hpp"
#include "catch.hpp"
#include "gate.hpp"

#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>

namespace {

namespace mp = micropool;
using micropool_test::gate;
using micropool_test::sleeping_caller;

// How results were destroyed. Outlives them.
struct record {
  std::atomic<int> by_workers{0};
  std::atomic<int> by_others{0};
  std::atomic<int> forks{0};
};

// Uses the pool once more when it is destroyed.
class forks_at_its_end {
public:
  forks_at_its_end(mp::thread_pool& pool, record& r) : record_(&r), pool_(&pool) {}
  forks_at_its_end(forks_at_its_end&& other) noexcept
      : record_(other.record_), pool_(std::exchange(other.pool_, nullptr)) {}
  forks_at_its_end& operator=(forks_at_its_end&&) = delete;
  ~forks_at_its_end() {
    if (pool_ == nullptr) return;
    ++(mp::this_thread_index().has_value() ? record_->by_workers : record_->by_others);
    const auto count = [this] { ++record_->forks; };
    pool_->join(count, count);
    pool_->scope([&](mp::scope_ref s) { s.fork(count); });
  }

private:
  record* record_;
  mp::thread_pool* pool_;
};

void run_for_long() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
  while (std::chrono::steady_clock::now() < end) {
  }
}

// This thread, and those that it starts from now on.
void stay_on_this_core() {
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &here);
  ::sched_setaffinity(0, sizeof(here), &here);
}

}  // namespace

TEST_CASE("a result that a thread waits for is destroyed by that thread, not by its worker") {
  constexpr int rounds = 100;
  record r;
  std::thread([&] {
    // On one core a waiter that is woken comes before a worker that has run for long.
    stay_on_this_core();
    mp::thread_pool pool({.num_threads = 1, .idle_spin = std::chrono::nanoseconds(0)});
    for (int round = 0; round < rounds; ++round) {
      gate held;
      auto t = pool.spawn_shared([&] {
        held.pass();
        run_for_long();
        return forks_at_its_end(pool, r);
      });
      held.wait_for_arrivals(1);
      auto caller = sleeping_caller(pool, [t = std::move(t)]() mutable {
        t.join();
        t = {};
      });
      held.open();
      caller.join();
    }
  }).join();
  CHECK(r.by_workers == 0);
  CHECK(r.by_others == rounds);
  CHECK(r.forks == 3 * rounds);
}

TEST_CASE("a result without a handle is destroyed by its worker, and may fork there") {
  constexpr int tasks = 100;
  record r;
  gate dropped;
  {
    mp::thread_pool pool({.num_threads = 2});
    for (int k = 0; k < tasks; ++k) {
      static_cast<void>(pool.spawn_owned([&] {
        dropped.pass();
        return forks_at_its_end(pool, r);
      }));
    }
    dropped.open();
    // The end of the pool would take part.
    while (r.forks < 3 * tasks) std::this_thread::yield();
  }
  CHECK(r.by_workers == tasks);
  CHECK(r.by_others == 0);
}
