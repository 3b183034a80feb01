// SPDX-License-Identifier: MIT OR Apache-2.0
// An event that any number of coroutines and stackful tasks may await.
#pragma once

#include <coroutine>
#include <cstddef>
#include <mutex>
#include <vector>

namespace bench::waits {

class broadcast {
public:
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> h) {
    const std::lock_guard lock(mutex_);
    if (fired_) return false;
    waiting_.push_back(h);
    return true;
  }
  void await_resume() const noexcept {}

  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  void fire() {
    std::vector<std::coroutine_handle<>> all;
    {
      const std::lock_guard lock(mutex_);
      fired_ = true;
      all.swap(waiting_);
    }
    for (const auto h : all) h.resume();
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::coroutine_handle<>> waiting_;
  bool fired_ = false;
};

}  // namespace bench::waits
