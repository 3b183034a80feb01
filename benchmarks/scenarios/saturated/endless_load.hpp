// SPDX-License-Identifier: MIT OR Apache-2.0
// Short background tasks without end, while it exists: each one queues its successor.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "../../support/busy_work.hpp"

namespace bench::saturated {

// `queue(callable)` queues a task. It is called by workers as well, at the same time.
template <class Queue>
class endless_load {
public:
  // Keeps `tasks` tasks of `length` queued or running. Returns when a good number of them has run.
  endless_load(std::chrono::nanoseconds length, int tasks, Queue queue)
      : work_(length), queue_(queue), left_(tasks) {
    for (int i = 0; i < tasks; ++i) queue_([this] { run_one(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return run_ >= 20; });
  }
  endless_load(const endless_load&) = delete;
  endless_load& operator=(const endless_load&) = delete;

  // Returns when the last task has ended.
  ~endless_load() {
    std::unique_lock lock(mutex_);
    ending_ = true;
    changed_.wait(lock, [&] { return left_ == 0; });
  }

private:
  void run_one() {
    work_();
    const std::unique_lock lock(mutex_);
    ++run_;
    if (ending_) {
      --left_;
    } else {
      // With the lock held, as long as this object is certain to exist.
      queue_([this] { run_one(); });
    }
    if (run_ == 20 || left_ == 0) changed_.notify_all();
  }

  const busy_work work_;
  const Queue queue_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t run_ = 0;
  int left_;
  bool ending_ = false;
};

}  // namespace bench::saturated
