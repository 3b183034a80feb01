// SPDX-License-Identifier: MIT OR Apache-2.0
// The ticks of a display: when a frame may begin and when it must be ready.
#pragma once

#include <chrono>
#include <cstdint>

namespace frame_loop {

using milliseconds = std::chrono::duration<double, std::milli>;

struct frame_time {
  milliseconds taken{};      // from its tick on: a thread that wakes late counts against the frame
  std::uint64_t missed = 0;  // ticks that came and found it unready
};

/// A frame begins at a tick. One that runs over the next tick has missed it, and the next frame
/// waits for the tick after that, as it would for a display.
class frame_clock {
public:
  using clock = std::chrono::steady_clock;

  explicit frame_clock(clock::duration period) : period_(period), tick_(clock::now()) {}

  /// Sleeps until the next tick, with which the frame begins.
  void begin_frame();
  frame_time end_frame();

private:
  clock::duration period_;
  clock::time_point tick_;
};

}  // namespace frame_loop
