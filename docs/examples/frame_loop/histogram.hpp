// SPDX-License-Identifier: MIT OR Apache-2.0
// The frame times of one phase. Prints nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "frame_clock.hpp"

namespace frame_loop {

class histogram {
public:
  /// Sixteen bins to a period, so that the deadline is a border between two, up to twice the
  /// period; one more holds all that took longer.
  static constexpr std::size_t bins_per_period = 16;
  static constexpr std::size_t bins = 2 * bins_per_period + 1;

  explicit histogram(milliseconds period) : period_(period) {}

  void add(const frame_time& frame);

  milliseconds period() const noexcept { return period_; }
  std::size_t frames() const noexcept { return times_.size(); }
  std::uint64_t missed() const noexcept { return missed_; }
  const std::array<std::size_t, bins>& counts() const noexcept { return counts_; }
  milliseconds bin_start(std::size_t bin) const noexcept {
    return period_ * (static_cast<double>(bin) / bins_per_period);
  }

  /// The shortest time that at least that share of the frames did not exceed, 0 < share <= 1. There
  /// must be a frame.
  milliseconds percentile(double share) const;
  milliseconds max() const { return percentile(1); }

private:
  milliseconds period_;
  std::vector<milliseconds> times_;  // all of them: a percentile is exact, and an hour is 2 MB
  std::array<std::size_t, bins> counts_{};
  std::uint64_t missed_ = 0;
};

}  // namespace frame_loop
