// SPDX-License-Identifier: MIT OR Apache-2.0
// The counters of a pool: what each participant has done since the pool was created.
#pragma once

#include <micropool/detail/base/requirements.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace micropool {

/// Exact for a participant that is idle; slightly out of date for one that is running.
struct participant_stats {
  bool is_worker = false;          ///< false for a guest: a caller from outside the pool
  std::size_t index = 0;           ///< worker: 0 .. num_threads - 1; guest: its slot
  std::uint64_t jobs_run = 0;      ///< run from a deque or inbox; branches run inline do not count
  std::uint64_t jobs_stolen = 0;   ///< taken from another participant's deque
  std::uint64_t jobs_helped = 0;   ///< run while blocked in a call
  std::uint64_t sleeps = 0;        ///< times it went to sleep in the kernel
  std::uint64_t wakeups_sent = 0;  ///< sleepers it woke for jobs that it had pushed

  /// Adds the counters of the other.
  participant_stats& operator+=(const participant_stats& other) noexcept {
    jobs_run += other.jobs_run;
    jobs_stolen += other.jobs_stolen;
    jobs_helped += other.jobs_helped;
    sleeps += other.sleeps;
    wakeups_sent += other.wakeups_sent;
    return *this;
  }
};

/// What thread_pool::stats() returns: the counters of each participant, and those of the pool.
struct pool_stats {
  std::vector<participant_stats> participants;  ///< workers first, then guest slots
  std::uint64_t tasks_spawned = 0;    ///< background tasks queued so far
  std::uint64_t tasks_ended = 0;      ///< those that have ended, including cancelled ones
  std::uint64_t wakeups_posted = 0;   ///< sleepers woken for spawned tasks and foreign events

  /// Returns the sums over all participants; `is_worker` and `index` have no meaning there.
  participant_stats total() const noexcept {
    participant_stats sum;
    for (const auto& p : participants) sum += p;
    return sum;
  }
};

}  // namespace micropool
