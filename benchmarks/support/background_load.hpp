// SPDX-License-Identifier: MIT OR Apache-2.0
// Keeps the workers of an engine inside background work, with more of it queued, while it exists.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "busy_work.hpp"

namespace bench {

// What a worker does inside a piece: it leaves its core to others, or keeps it.
enum class occupation { sleeping, spinning };

class background_load {
public:
  // Queues a piece of `length` for each of the `workers` and `queued` more, each through
  // `queue(callable)`. Returns when all workers are inside one, so there must be that many.
  template <class Queue>
  background_load(occupation how, std::chrono::nanoseconds length, int workers, int queued,
                  const Queue& queue)
      : how_(how), length_(length), left_(workers + queued) {
    for (int i = 0; i < workers + queued; ++i) queue([this] { run_piece(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ == workers; });
  }
  background_load(const background_load&) = delete;
  background_load& operator=(const background_load&) = delete;

  // Cuts the running pieces short, and those that are still queued as soon as they start. Returns
  // when the last one has ended.
  ~background_load() {
    std::unique_lock lock(mutex_);
    ending_.store(true, std::memory_order_relaxed);
    changed_.notify_all();
    changed_.wait(lock, [&] { return left_ == 0; });
  }

private:
  void run_piece() {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    if (how_ == occupation::sleeping) {
      changed_.wait_for(lock, length_, [&] { return ending_.load(std::memory_order_relaxed); });
    } else {
      lock.unlock();
      spin();
      lock.lock();
    }
    --inside_;
    --left_;
    // With the lock held: the one who is told may destroy this object as soon as it has the lock.
    changed_.notify_all();
  }

  void spin() const {
    const auto end = std::chrono::steady_clock::now() + length_;
    while (!ending_.load(std::memory_order_relaxed) && std::chrono::steady_clock::now() < end) {
      step_();
    }
  }

  const occupation how_;
  const std::chrono::nanoseconds length_;
  const busy_work step_{std::chrono::microseconds(5)};
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  int left_;
};

}  // namespace bench
