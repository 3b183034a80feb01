// SPDX-License-Identifier: MIT OR Apache-2.0
// Whole pools on simulated threads: their options, how they are searched, and events from outside.
#pragma once

#include "simulate.hpp"

#include <micropool/detail/work/frame_alloc.hpp>
#include <micropool/micropool.hpp>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace micropool_test {

namespace mp = micropool;

// Workers that sleep at once where they find nothing. Neither they nor the calling thread keep frames
// for reuse, so that the simulated heap sees each use of a frame or task that is gone.
inline mp::pool_options workers(std::size_t n) {
  micropool::detail::set_frame_cache_limits({0, 0});
  mp::pool_options o{.num_threads = n, .idle_spin = std::chrono::nanoseconds(0)};
  o.frame_cache = {.per_thread = 0, .shared = 0};
  return o;
}

// By priorities, which hold a thread back for long, then at random, where threads alternate often.
// `steps` is about the length of an execution.
inline void simulate_new_kernel(std::uint64_t executions, std::uint64_t steps,
                                const std::function<void()>& program) {
  simulate({.by = simulation::strategy::priorities,
            .executions = executions,
            .changes = 4,
            .steps = steps},
           program);
  simulate({.executions = executions / 2}, program);
}

// The same, and on a kernel without membarrier, where every push republishes, and the end of a pool
// polls.
inline void simulate_both(std::uint64_t executions, std::uint64_t steps,
                          const std::function<void()>& program) {
  simulate_new_kernel(executions, steps, program);
  simulate({.by = simulation::strategy::priorities,
            .executions = executions / 4,
            .changes = 4,
            .steps = steps,
            .has_membarrier = false},
           program);
}

// Closed until it is opened for good. Sleeps without helping.
class door {
public:
  void open() {
    is_open_.store(true, std::memory_order_release);
    is_open_.notify_all();
  }
  void pass() const { is_open_.wait(false, std::memory_order_acquire); }
  bool is_open() const { return is_open_.load(std::memory_order_acquire); }

private:
  std::atomic<bool> is_open_{false};
};

// Awaited by one coroutine, and fired once; in any order.
class signal {
public:
  signal() = default;
  signal(const signal&) = delete;
  signal& operator=(const signal&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) noexcept {
    void* none = nullptr;
    // LAST TOUCH, unless this returns false: the coroutine may run elsewhere.
    return state_.compare_exchange_strong(none, h.address(), std::memory_order_acq_rel);
  }
  void await_resume() const noexcept {}

  void fire() {
    void* const waiter = state_.exchange(this, std::memory_order_acq_rel);
    if (waiter != nullptr) std::coroutine_handle<>::from_address(waiter).resume();
  }
  // Returns when a coroutine waits.
  void wait_for_waiter() const {
    while (state_.load(std::memory_order_acquire) == nullptr) std::this_thread::yield();
  }
  // Destroys the handle instead.
  void abandon() {
    void* const waiter = state_.exchange(this, std::memory_order_acq_rel);
    if (waiter != nullptr) std::coroutine_handle<>::from_address(waiter).destroy();
  }

private:
  std::atomic<void*> state_{nullptr};  // the handle; once it was fired, the signal itself
};

}  // namespace micropool_test
