// SPDX-License-Identifier: MIT OR Apache-2.0
// What the participants of one pool share.
#pragma once

#include "all_pools.hpp"
#include "background_queue.hpp"
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

// Counted: by its thread_pool, by each thread that keeps a guest slot for its next call or has a
// stock of references, by each background task, and for the length of a post from outside. So
// nobody's last look at it comes too late.
struct pool_state {
  explicit pool_state(pool_options o)
      : options(std::move(o)),
        limit_(static_cast<std::uint32_t>(options.background_limit.value_or(*options.num_threads))),
        limited_(limit_ < *options.num_threads) {
    add_to_all_pools(*this);
  }

  pool_options options;
  pool_links links;
  registry participants;
  injector ready;
  background_queue background;
  std::vector<participant_state*> workers;
  thread_pool* facade = nullptr;

  // How many workers search, and how many sleep: | sleeping (32) | searching (32) |.
  alignas(cache_line) std::atomic<std::uint64_t> idle{0};
  // How many blocked callers sleep.
  std::atomic<std::uint32_t> sleeping_waiters{0};
  // Moves whenever somebody is about to sleep.
  std::atomic<std::uint64_t> bedtimes{0};
  // No call may begin any more.
  alignas(cache_line) std::atomic<bool> stopping{false};
  // No background task is left, and none can come: the workers end when they find nothing.
  std::atomic<bool> ending{false};
  // G1: coroutines of other pools' calls and tasks that have gone over to this one.
  std::atomic<std::uint64_t> lodgers{0};
  // Of tasks whose end was reported by somebody who is no participant of this pool.
  std::atomic<std::uint64_t> tasks_ended_elsewhere{0};
  // Wake-ups sent by whoever is no participant.
  std::atomic<std::uint64_t> wakeups_posted{0};

  // Background work has a place on each of background_limit workers.
  bool limits_background() const noexcept { return limited_; }
  bool may_start_background() const noexcept {
    // [seq_cst: idle.publish] after the count of queued tasks, against end_background().
    return !limited_ || places_taken_.load(std::memory_order_seq_cst) < limit_;
  }
  bool try_start_background() noexcept { return !limited_ || take_place(); }
  void end_background() noexcept {
    // [seq_cst: idle.publish] before the next look for queued tasks.
    if (limited_) places_taken_.fetch_sub(1, std::memory_order_seq_cst);
  }

  static constexpr std::uint64_t one_searching = 1;
  static constexpr std::uint64_t one_sleeping = std::uint64_t{1} << 32;
  static std::uint32_t searching(std::uint64_t idle_word) noexcept {
    return static_cast<std::uint32_t>(idle_word);
  }
  static std::uint32_t sleeping(std::uint64_t idle_word) noexcept {
    return static_cast<std::uint32_t>(idle_word >> 32);
  }

  // Starts the workers; the facade is what current_pool() returns on them. Throws
  // std::invalid_argument for bad options and whatever starting a thread throws; then no worker is
  // left behind.
  static pool_state* create(pool_options options, thread_pool* facade);
  // Waits for calls that are under way, runs or cancels what is queued, waits for what has started,
  // then joins the workers. Any thread that is_inside() says no to; several at once wait for the
  // same end.
  void stop(bool cancel_queued) noexcept;
  // Background tasks that have ended or were cancelled; to be read before background.pushed().
  std::uint64_t tasks_ended() const noexcept;
  // Is the calling thread a worker of this pool, or blocked in a call on it?
  bool is_inside() const noexcept;
  void report(std::exception_ptr e) const noexcept;

  void keep(std::uint32_t n = 1) noexcept { references_.fetch_add(n, std::memory_order_relaxed); }
  void drop(std::uint32_t n = 1) noexcept {
    // [acq_rel: pool.end] everybody's last look comes before the end.
    if (references_.fetch_sub(n, std::memory_order_acq_rel) == n) delete this;
  }

private:
  ~pool_state() { remove_from_all_pools(*this); }
  void start_workers();
  void join_workers() noexcept;
  void wait_for_guests() const noexcept;
  void finish_tasks(bool cancel) noexcept;
  bool take_place() noexcept;

  const std::uint32_t limit_;
  const bool limited_;
  std::atomic<std::uint32_t> places_taken_{0};
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
