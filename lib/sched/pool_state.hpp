// SPDX-License-Identifier: MIT OR Apache-2.0
// What the participants of one pool share.
#pragma once

#include "injector.hpp"
#include "registry.hpp"

#include <micropool/detail/sched/pool_options.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace micropool {
class thread_pool;
}

namespace micropool::detail {

// Counted: by its thread_pool, by each thread that keeps a guest slot for its next call, and for
// the length of a post from outside. So nobody's last look at it comes too late.
struct pool_state {
  explicit pool_state(pool_options o) : options(std::move(o)) {}

  pool_options options;
  registry participants;
  injector ready;
  std::vector<participant_state*> workers;
  thread_pool* facade = nullptr;

  // How many workers search, and how many sleep: | sleeping (32) | searching (32) |.
  alignas(cache_line) std::atomic<std::uint64_t> idle{0};
  // How many blocked callers sleep.
  std::atomic<std::uint32_t> sleeping_waiters{0};
  // Moves whenever somebody is about to sleep.
  std::atomic<std::uint64_t> bedtimes{0};
  alignas(cache_line) std::atomic<bool> stopping{false};

  static constexpr std::uint64_t one_searching = 1;
  static constexpr std::uint64_t one_sleeping = std::uint64_t{1} << 32;
  static std::uint32_t searching(std::uint64_t idle_word) noexcept {
    return static_cast<std::uint32_t>(idle_word);
  }
  static std::uint32_t sleeping(std::uint64_t idle_word) noexcept {
    return static_cast<std::uint32_t>(idle_word >> 32);
  }

  // Starts the workers; the facade is what current_pool() returns on them. Throws std::invalid_argument for bad options and whatever starting a thread
  // throws; then no worker is left behind.
  static pool_state* create(pool_options options, thread_pool* facade);
  // Lets queued work end, then joins the workers. Any thread that is_inside() says no to; several at
  // once wait for the same end.
  void stop() noexcept;
  // Is the calling thread a worker of this pool, or blocked in a call on it?
  bool is_inside() const noexcept;
  void report(std::exception_ptr e) const noexcept;

  void keep() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop() noexcept {
    // [acq_rel: pool.end] everybody's last look comes before the end.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

private:
  ~pool_state() = default;
  void start_workers();
  void join_workers() noexcept;

  std::mutex join_mutex_;  // guards the threads
  std::vector<std::thread> threads_;
  std::atomic<std::uint32_t> references_{1};
};

// The pool that free functions use where no other is current; started at the first use and never
// ended, so that static destructors may use it.
pool_state& default_pool();
// Starts it with these options. False if it has been started before.
bool start_default_pool(const pool_options& options);

}  // namespace micropool::detail
