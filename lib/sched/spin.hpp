// SPDX-License-Identifier: MIT OR Apache-2.0
// Waiting awake for a limited time.
#pragma once

#include <micropool/detail/base/cpu.hpp>

#include <chrono>
#include <thread>

namespace micropool::detail {

// Each round pauses for roughly a tenth of a microsecond: often enough to find a job soon after it
// was published, rarely enough to leave its cache line to the owner of the deque. Now and then a
// round yields the processor, because the thread that publishes may need this very core.
class spin {
public:
  explicit spin(std::chrono::nanoseconds limit) noexcept : limit_(limit) {}

  // Pauses once. Returns false once the time is up.
  bool once() noexcept {
    if (limit_.count() == 0) return false;
    for (int i = 0; i < pauses; ++i) cpu_pause();
    ++rounds_;
    if (rounds_ % rounds_per_look != 0) return true;
    const auto now = std::chrono::steady_clock::now();
    if (rounds_ == rounds_per_look) end_ = now + limit_;
    if (rounds_ % rounds_per_yield == 0) std::this_thread::yield();
    return now < end_;
  }
  void restart() noexcept { rounds_ = 0; }

private:
  static constexpr int pauses = 4;
  static constexpr unsigned rounds_per_look = 16;
  static constexpr unsigned rounds_per_yield = 64;

  std::chrono::nanoseconds limit_;
  std::chrono::steady_clock::time_point end_{};
  unsigned rounds_ = 0;
};

}  // namespace micropool::detail
