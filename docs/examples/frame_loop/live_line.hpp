// SPDX-License-Identifier: MIT OR Apache-2.0
// A line on the terminal that says how the frames of a phase are doing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "frame_clock.hpp"
#include "options.hpp"

namespace frame_loop {

/// Prints nothing where standard output is no terminal. Clears its line in the end.
class live_line {
public:
  live_line(std::string phase, const options& chosen);
  ~live_line();
  live_line(const live_line&) = delete;
  live_line& operator=(const live_line&) = delete;

  void show(const frame_time& frame);

private:
  bool on_;
  std::string phase_;
  std::size_t frames_;
  std::size_t interval_;  // in frames
  std::size_t shown_frames_ = 0;
  milliseconds longest_{};
  milliseconds longest_of_interval_{};
  std::uint64_t missed_ = 0;
};

}  // namespace frame_loop
