// SPDX-License-Identifier: MIT OR Apache-2.0
// How a thread that ends a pool waits: it looks, sleeps, looks again, and says what it waits for.
#pragma once

#include <chrono>
#include <cstdint>

namespace micropool::detail {

struct pool_state;

// The waits of one call of pool_state::stop().
class shutdown_wait {
public:
  explicit shutdown_wait(const pool_state& pool) noexcept;
  shutdown_wait(const shutdown_wait&) = delete;
  shutdown_wait& operator=(const shutdown_wait&) = delete;

  // Must be called before each look.
  void look() noexcept;
  // Sleeps after a look that has found something left. Returns after a reported end, after
  // `at_most`, or early. Each sleep in a row may be longer than the one before.
  void sleep(std::chrono::nanoseconds at_most) noexcept;
  // Begins with short sleeps again, after there was something to do.
  void restart() noexcept;

private:
  void print_notice() const noexcept;

  using clock = std::chrono::steady_clock;
  const pool_state& pool_;
  const clock::time_point began_;
  clock::time_point notice_at_;
  std::uint32_t seen_ = 0;
  std::chrono::nanoseconds patience_{};
};

}  // namespace micropool::detail
