// SPDX-License-Identifier: MIT OR Apache-2.0
// Small programs whose outcomes the memory model fixes. An exhaustive search must find exactly those
// that C++20 allows, and a random one nothing else.
#pragma once

#include "../simulate.hpp"

#include <atomic>
#include <functional>
#include <memory>

namespace micropool_test {

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;
inline constexpr auto seq_cst = std::memory_order_seq_cst;

struct variables {
  std::atomic<int> x{0};
  std::atomic<int> y{0};
  int plain = 0;
};

// Of a program that notes what it reads.
inline outcomes all_outcomes(const std::function<void(variables&)>& program) {
  const auto whole = [&program] {
    const auto v = std::make_unique<variables>();
    program(*v);
  };
  const auto all = outcomes_of(
      simulate({.by = simulation::strategy::exhaustive, .executions = 1'000'000}, whole));
  for (const auto& values : outcomes_of(simulate({.executions = 3'000}, whole))) {
    CHECK(all.contains(values));
  }
  return all;
}

// All ways in which n numbers can be 0 or 1, but for those named.
inline outcomes bits_without(unsigned n, const outcomes& excluded) {
  outcomes all;
  for (unsigned i = 0; i < 1u << n; ++i) {
    std::vector<int> values;
    for (unsigned k = n; k-- > 0;) values.push_back(static_cast<int>(i >> k & 1));
    if (!excluded.contains(values)) all.insert(values);
  }
  return all;
}

}  // namespace micropool_test
