// SPDX-License-Identifier: MIT OR Apache-2.0
// What the participants of one pool share.
#pragma once

#include "all_pools.hpp"
#include "background_queue.hpp"
#include "shutdown_wait.hpp"
#include "injector.hpp"
#include "registry.hpp"

#include <micropool/pool_options.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace micropool {
class thread_pool;
}

namespace micropool::detail {

// Reference counted. References are held by the thread_pool, by each guest slot that a thread has
// in a call or caches for its next one, by each thread that has taken a batch of references, by
// each installation and background task, and by each inbox here of another pool's call. So the
// state outlives every thread that may still read it.
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
  // What current_pool() returns. Null for the global pool, and for one whose thread_pool is gone.
  std::atomic<thread_pool*> facade{nullptr};

  // How many workers search, and how many sleep: | sleeping (32) | searching (32) |.
  alignas(cache_line) std::atomic<std::uint64_t> idle{0};
  // How many blocked participants sleep. Not in the line of the counts above, which change each time
  // that a worker finds work.
  alignas(cache_line) std::atomic<std::uint32_t> sleeping_waiters{0};
  // The sleep epoch, as in an eventcount: a thread that is about to sleep advances it before it
  // raises the hints, so that a publisher which has just lowered its hint sees that it came in
  // between (S2, S4).
  std::atomic<std::uint64_t> sleep_epoch{0};
  // Set when the pool begins to shut down: no call may begin any more.
  alignas(cache_line) std::atomic<bool> stopping{false};
  // Set when no background task is left and none can come: the workers end when they find no work.
  std::atomic<bool> ending{false};
  // G1: coroutines of other pools' calls and tasks that have migrated to this pool, and threads
  // that are about to wake a thread here without being participants. The end of the pool waits for
  // both.
  alignas(cache_line) std::atomic<std::uint64_t> migrants{0};
  // In a child of fork(): how many of those, and of the started tasks, exist only in the parent.
  // They are not waited for; the tasks count as ended.
  std::uint64_t lost_migrants = 0;
  std::uint64_t lost_tasks = 0;
  std::uint64_t unstarted_in_inboxes = 0;  // tasks; only while a child of fork() begins
  // How many ends of tasks were reported by a thread that is no participant of this pool.
  std::atomic<std::uint64_t> tasks_ended_elsewhere{0};
  // How many workers have started, and how many of them could not be bound to a core, because
  // pinning::always must be able to fail in the constructor.
  std::atomic<std::size_t> workers_started{0};
  std::atomic<std::size_t> workers_not_pinned{0};
  // How many installations have made this pool current; counted only with debug checks. May be
  // negative in a child of fork(), which does not count what its thread had installed.
  std::atomic<int> installations{0};
  // Wake-ups sent after posts and spawns, by any thread.
  std::atomic<std::uint64_t> wakeups_posted{0};

  // Background work needs a place: there is one for each of background_limit workers.
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

  // Makes the state without workers, so that its owner can be named in it before a hook asks for
  // the owner. Throws std::invalid_argument for bad options.
  static pool_state* make(pool_options options);
  // Starts the workers. Throws what starting a thread throws, and std::invalid_argument; then the
  // pool has been stopped, and what its hooks have spawned has run or was cancelled.
  void start();
  // Both of the above. The caller owns the reference.
  static pool_state* create(pool_options options);
  // Blocks until calls that are under way have returned, what is queued has run or was cancelled,
  // what has started has ended, and the workers are joined. Requires !is_inside(); several threads
  // at once wait for the same end.
  void stop(bool cancel_queued) noexcept;
  // With debug checks, after stop(): blocks until the last installation has ended, or the time is
  // over; then returns false.
  bool wait_for_installations(std::chrono::nanoseconds at_most) const noexcept;
  // In a child of fork(): makes the thread of a sleeping worker that exists only in the parent.
  // Requires that the caller has claimed the worker and has counted it as searching. Returns false
  // if the pool ends or the system has no thread; then the worker has been counted back.
  bool start_again(participant_state& worker) noexcept;
  // After fork() in the child, by its only thread (after_fork.cpp). `is_me` tells which
  // participants are the thread's own; `kept` counts the started tasks that it is inside of.
  void survive_fork(bool (*is_me)(const participant_state&, const void*), const void* me,
                    std::uint64_t kept) noexcept;
  // How many background tasks have ended, were cancelled or are lost. Must be read before
  // background.pushed(): then equal numbers mean that none is left.
  std::uint64_t tasks_ended() const noexcept;
  // Returns true if the calling thread is a worker of this pool, or blocked in a call on it.
  bool is_inside() const noexcept;
  // Calls the handler for an exception that nothing can catch, or prints it and terminates.
  void report(std::exception_ptr e, const exception_origin& from) const noexcept;
  // Destroys the hooks that only workers call. Requires that the workers have ended.
  void drop_hooks() noexcept;

  void add_ref(std::uint32_t n = 1) noexcept {
    references_.fetch_add(n, std::memory_order_relaxed);
  }
  void release(std::uint32_t n = 1) noexcept {
    // [acq_rel: pool.end] each other holder's last look comes before the end.
    if (references_.fetch_sub(n, std::memory_order_acq_rel) == n) delete this;
  }

private:
  ~pool_state() { remove_from_all_pools(*this); }
  void start_workers();
  std::thread make_thread(std::size_t index);
  void join_workers() noexcept;
  void wait_for_guests(shutdown_wait& w) const noexcept;
  void finish_tasks(shutdown_wait& w, bool cancel) noexcept;
  bool take_place() noexcept;

  const std::uint32_t limit_;
  const bool limited_;
  std::atomic<std::uint32_t> places_taken_{0};
  std::mutex join_mutex_;  // guards the threads
  std::vector<std::thread> threads_;  // of the workers, by index; without workers that are missing
  std::vector<int> cores_;            // to which they are bound; negative: none
  std::atomic<std::uint32_t> references_{1};
};

// Names the pool in messages: the pool "render", by its thread_name.
std::string name_of(const pool_state& pool);

// The pool that free functions use where no other is current; started at the first use and never
// ended, so that static destructors may use it.
pool_state& default_pool();
// In a child of fork(): forgets that a thread which only the parent has was about to start it.
void forget_unfinished_default_pool() noexcept;
// Starts it with these options. Returns false if it had been started before.
bool start_default_pool(const pool_options& options);

}  // namespace micropool::detail
