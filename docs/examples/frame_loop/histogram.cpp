// SPDX-License-Identifier: MIT OR Apache-2.0
#include "histogram.hpp"

#include <algorithm>
#include <cmath>

namespace frame_loop {

void histogram::add(const frame_time& frame) {
  times_.push_back(frame.taken);
  missed_ += frame.missed;
  const double bin = std::floor(frame.taken / period_ * bins_per_period);
  ++counts_[static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(bins - 1)))];
}

milliseconds histogram::percentile(double share) const {
  std::vector<milliseconds> sorted = times_;
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  const auto place =
      sorted.begin() + std::max<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(rank), 1) - 1;
  std::nth_element(sorted.begin(), place, sorted.end());
  return *place;
}

}  // namespace frame_loop
