// SPDX-License-Identifier: MIT OR Apache-2.0
// Keeps every sample of a latency and reports the tail: the mean of a latency says little.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace bench {

using latency_clock = std::chrono::steady_clock;

inline double nanoseconds_since(latency_clock::time_point begin) {
  return std::chrono::duration<double, std::nano>(latency_clock::now() - begin).count();
}

class latency_samples {
public:
  // `expected` samples are stored without allocating between two of them.
  explicit latency_samples(std::size_t expected) { nanoseconds_.reserve(expected); }

  void add(double nanoseconds) { nanoseconds_.push_back(nanoseconds); }
  bool empty() const { return nanoseconds_.empty(); }

  // The smallest sample that at least the fraction `q` of all samples does not exceed; 0 if none.
  double quantile(double q) {
    if (nanoseconds_.empty()) return 0;
    const double wanted = std::ceil(q * static_cast<double>(nanoseconds_.size()));
    const auto index = static_cast<std::size_t>(std::max(wanted, 1.0)) - 1;
    const auto place = nanoseconds_.begin() + static_cast<std::ptrdiff_t>(index);
    std::nth_element(nanoseconds_.begin(), place, nanoseconds_.end());
    return *place;
  }

  // Adds the counters p50_ns, p99_ns, p99.9_ns and max_ns, each with `prefix` before its name.
  void report(benchmark::State& state, const std::string& prefix = {}) {
    state.counters[prefix + "p50_ns"] = quantile(0.5);
    state.counters[prefix + "p99_ns"] = quantile(0.99);
    state.counters[prefix + "p99.9_ns"] = quantile(0.999);
    state.counters[prefix + "max_ns"] = quantile(1);
  }

private:
  std::vector<double> nanoseconds_;
};

// What reading the clock twice adds to a sample, in nanoseconds.
double clock_cost_ns();

}  // namespace bench
