// SPDX-License-Identifier: MIT OR Apache-2.0
#include "frame_clock.hpp"

#include <thread>

namespace frame_loop {

void frame_clock::begin_frame() {
  // Counted from the last tick, not from now: otherwise the loop would drift away from the display.
  const auto since = clock::now() - tick_;
  tick_ += period_ * (since / period_ + 1);
  std::this_thread::sleep_until(tick_);
}

frame_time frame_clock::end_frame() {
  const auto taken = clock::now() - tick_;
  return {taken, static_cast<std::uint64_t>(taken / period_)};
}

}  // namespace frame_loop
