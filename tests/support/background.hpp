// SPDX-License-Identifier: MIT OR Apache-2.0
// Background tasks as the surroundings of a case: those that hold workers, and those that wait.
#pragma once

#include "gate.hpp"

#include <micropool/spawn.hpp>
#include <micropool/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace micropool_test {

// Holds workers of a pool, each inside a background task, until released.
class held_workers {
public:
  explicit held_workers(micropool::thread_pool& pool) : held_workers(pool, pool.num_threads()) {}
  held_workers(micropool::thread_pool& pool, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      tasks_.push_back(pool.spawn_owned([this] { gate_.pass(); }));
    }
    gate_.wait_for_arrivals(count);
  }
  ~held_workers() { release(); }
  held_workers(const held_workers&) = delete;
  held_workers& operator=(const held_workers&) = delete;

  void release() {
    gate_.open();
    for (auto& t : tasks_) t.join();
    tasks_.clear();
  }

private:
  gate gate_;
  std::vector<micropool::owned_task<void>> tasks_;
};

// Every worker held in a background task, and 1000 more queued, none of which may run meanwhile.
class saturated {
public:
  static constexpr std::size_t queued = 1000;

  explicit saturated(micropool::thread_pool& pool) : saturated(pool, pool.num_threads()) {}
  // `free_workers` are those that no task of the case holds yet.
  saturated(micropool::thread_pool& pool, std::size_t free_workers) : held_(pool, free_workers) {
    for (std::size_t i = 0; i < queued; ++i) tasks_.push_back(pool.spawn_owned([this] { ++ran_; }));
  }
  ~saturated() {
    held_.release();
    for (auto& t : tasks_) t.join();
  }
  saturated(const saturated&) = delete;
  saturated& operator=(const saturated&) = delete;

  std::size_t ran() const { return ran_; }

private:
  std::atomic<std::size_t> ran_{0};
  held_workers held_;
  std::vector<micropool::owned_task<void>> tasks_;
};

// How often threads that are no workers have gone to sleep in a call.
inline std::size_t sleeps_of_callers(const micropool::thread_pool& pool) {
  std::size_t n = 0;
  for (const auto& p : pool.stats().participants) n += p.is_worker ? 0 : p.sleeps;
  return n;
}

// Runs f on a thread of its own and returns when that is asleep in a call on the pool. Whatever it
// waits for must come from the test.
template <class F>
std::thread sleeping_caller(const micropool::thread_pool& pool, F f) {
  const auto before = sleeps_of_callers(pool);
  std::thread caller(f);
  while (sleeps_of_callers(pool) == before) std::this_thread::yield();
  return caller;
}

}  // namespace micropool_test
