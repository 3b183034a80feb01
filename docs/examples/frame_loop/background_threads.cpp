// SPDX-License-Identifier: MIT OR Apache-2.0
#include "background_threads.hpp"

#include <utility>

namespace frame_loop {

void background_threads::add(std::shared_ptr<background_job> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    queue_.push_back(std::move(job));
    while (threads_.size() < wanted_) threads_.emplace_back([this] { run_jobs(); });
  }
  changed_.notify_one();
}

void background_threads::run_jobs() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) return;
    const std::shared_ptr<background_job> job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    while (job->step()) {
    }
    lock.lock();
  }
}

void background_threads::stop() {
  std::deque<std::shared_ptr<background_job>> dropped;  // ends without the lock
  std::vector<std::thread> ending;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
    ending.swap(threads_);
  }
  changed_.notify_all();
  for (std::thread& each : ending) each.join();
}

}  // namespace frame_loop
