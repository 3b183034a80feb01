// SPDX-License-Identifier: MIT OR Apache-2.0
// Work of a known length: a fixed number of dependent multiplications, not a wait for the clock.
// A thread that loses its core in the middle has as much left to do as before.
#pragma once

#include <chrono>
#include <cstdint>

namespace bench {

class busy_work {
public:
  // The first use in a program measures how long a step takes on an undisturbed core.
  explicit busy_work(std::chrono::nanoseconds length);

  void operator()() const noexcept { run(steps_); }

private:
  static void run(std::uint64_t steps) noexcept;
  static double measure_nanoseconds_per_step();

  std::uint64_t steps_;
};

}  // namespace bench
