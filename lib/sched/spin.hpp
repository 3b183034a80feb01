// SPDX-License-Identifier: MIT OR Apache-2.0
// Waiting awake for a limited time.
#pragma once

#include <micropool/detail/base/cpu.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>

namespace micropool::detail {

// Each round pauses for roughly a tenth of a microsecond: often enough to find a job soon after it
// was published, rarely enough to leave its cache line to the owner of the deque. Now and then a
// round yields the processor, because the thread that publishes may need this very core.
//
// In a large pool a worker does not look for work in every round: as long as it finds nothing, it
// leaves out twice as many rounds each time, up to one for eight threads. A job there has many
// threads that look for it, and the more they look, the longer all of them, and the owner, wait for
// the same cache lines. (A round between two looks still sees the end of a wait or of the pool.)
class spin {
public:
  // `lookers` is how many threads may look at the same time.
  spin(std::chrono::nanoseconds limit, std::size_t lookers) noexcept
      : limit_(limit),
        longest_gap_(static_cast<unsigned>(std::clamp<std::size_t>(lookers / 8, 1, 32))) {}

  // Returns true if this round is to look for work. To be asked once per round.
  bool looks() noexcept {
    if (--rounds_until_look_ > 0) return false;
    rounds_until_look_ = gap_;
    gap_ = std::min(gap_ * 2, longest_gap_);
    return true;
  }

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
  void restart() noexcept {
    rounds_ = 0;
    rounds_until_look_ = gap_ = 1;
  }

private:
  static constexpr int pauses = 4;
  static constexpr unsigned rounds_per_look = 16;
  static constexpr unsigned rounds_per_yield = 64;

  std::chrono::nanoseconds limit_;
  std::chrono::steady_clock::time_point end_{};
  unsigned rounds_ = 0;
  const unsigned longest_gap_;
  unsigned gap_ = 1;
  unsigned rounds_until_look_ = 1;
};

}  // namespace micropool::detail
