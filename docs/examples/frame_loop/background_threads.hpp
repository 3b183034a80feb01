// SPDX-License-Identifier: MIT OR Apache-2.0
// Threads with one queue: what the engines without a background tier use for the jobs.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine.hpp"

namespace frame_loop {

/// The threads start with the first job, so that a loop without jobs has the machine to itself.
/// add() may be called from any thread, stop() from outside the jobs.
class background_threads {
public:
  explicit background_threads(std::size_t threads) : wanted_(threads) {}
  ~background_threads() { stop(); }
  background_threads(const background_threads&) = delete;
  background_threads& operator=(const background_threads&) = delete;

  void add(std::shared_ptr<background_job> job);
  /// As engine::stop(); jobs that are added later are dropped.
  void stop();

private:
  void run_jobs();

  std::size_t wanted_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<background_job>> queue_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace frame_loop
