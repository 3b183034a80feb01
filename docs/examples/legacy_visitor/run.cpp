// SPDX-License-Identifier: MIT OR Apache-2.0
#include "run.hpp"

#include <utility>

namespace legacy_visitor {

void stopwatch::stop(run& at) const {
  using seconds = std::chrono::duration<double>;
  at.seconds = seconds(std::chrono::steady_clock::now() - start_).count();
  at.cpu_seconds = static_cast<double>(std::clock() - cpu_start_) / CLOCKS_PER_SEC;
}

void first_failure::note(std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  if (!first_) first_ = std::move(failure);
}

void first_failure::rethrow() const {
  if (first_) std::rethrow_exception(first_);
}

}  // namespace legacy_visitor
