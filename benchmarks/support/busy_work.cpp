// SPDX-License-Identifier: MIT OR Apache-2.0
// Calibration of busy_work and of the clock.
#include "busy_work.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "latency.hpp"

namespace bench {

busy_work::busy_work(std::chrono::nanoseconds length) {
  static const double per_step = measure_nanoseconds_per_step();
  steps_ = static_cast<std::uint64_t>(std::llround(static_cast<double>(length.count()) / per_step));
}

void busy_work::run(std::uint64_t steps) noexcept {
  std::uint64_t value = steps;
  for (std::uint64_t i = 0; i < steps; ++i) {
    value = value * 6364136223846793005u + 1442695040888963407u;
    // Keeps the chain: the compiler must neither fold nor vectorise it.
    asm volatile("" : "+r"(value));
  }
}

double busy_work::measure_nanoseconds_per_step() {
  constexpr std::uint64_t steps = 20'000;
  double best = std::numeric_limits<double>::max();
  // The shortest of many: interruptions only ever lengthen a run.
  for (int i = 0; i < 500; ++i) {
    const auto begin = latency_clock::now();
    run(steps);
    best = std::min(best, nanoseconds_since(begin));
  }
  return best / static_cast<double>(steps);
}

double clock_cost_ns() {
  latency_samples samples(1000);
  for (int i = 0; i < 1000; ++i) samples.add(nanoseconds_since(latency_clock::now()));
  return samples.quantile(0.5);
}

}  // namespace bench
