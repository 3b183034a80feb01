// SPDX-License-Identifier: MIT OR Apache-2.0
#include "live_line.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace frame_loop {

live_line::live_line(std::string phase, const options& chosen)
    : on_(::isatty(STDOUT_FILENO) == 1),
      phase_(std::move(phase)),
      frames_(chosen.frames),
      interval_(std::max<std::size_t>(chosen.hz / 5, 1)) {}  // as fast as eyes read numbers

live_line::~live_line() {
  if (!on_) return;
  std::fputs("\r\033[K", stdout);
  std::fflush(stdout);
}

void live_line::show(const frame_time& frame) {
  if (!on_) return;
  ++shown_frames_;
  longest_ = std::max(longest_, frame.taken);
  longest_of_interval_ = std::max(longest_of_interval_, frame.taken);
  missed_ += frame.missed;
  if (shown_frames_ % interval_ != 0) return;
  std::printf("\r\033[K%s: frame %zu of %zu  %6.2f ms  longest %6.2f ms  missed %llu",
              phase_.c_str(), shown_frames_, frames_, longest_of_interval_.count(),
              longest_.count(), static_cast<unsigned long long>(missed_));
  std::fflush(stdout);
  longest_of_interval_ = {};
}

}  // namespace frame_loop
