// SPDX-License-Identifier: MIT OR Apache-2.0
// What the cases about background tasks share.
#pragma once

#include "tracked.hpp"

#include <micropool/spawn.hpp>

#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace micropool_test {

// Helps until the task of this handle has ended.
template <class Handle>
void until_ended(const Handle& t) {
  while (!t.complete()) {
    t.help();
    std::this_thread::yield();
  }
}

// Waits for the workers to end it, without helping.
template <class Handle>
void watch_until_ended(const Handle& t) {
  while (!t.complete()) std::this_thread::yield();
}

// Takes what on_unhandled_exception gets. Must outlive its pools and their handles.
class unhandled_errors {
public:
  // For pool_options::on_unhandled_exception.
  auto handler() {
    return [this](std::exception_ptr e) {
      const int number = thrown_by([&] { std::rethrow_exception(std::move(e)); });
      const std::lock_guard lock(mutex_);
      numbers_.push_back(number);
    };
  }
  // The numbers of the numbered_errors so far.
  std::vector<int> numbers() const {
    const std::lock_guard lock(mutex_);
    return numbers_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<int> numbers_;
};

}  // namespace micropool_test
