// SPDX-License-Identifier: MIT OR Apache-2.0
// Skynet: a tree in which every node creates ten children down to the leaves; each leaf returns its
// number, each node the sum. It shows what creating many small tasks at once costs.
// After the benchmark of the same name by Alexander Temerev (2016).
#pragma once

#include <cstdint>

#include "../../support/program.hpp"

namespace bench::skynet {

using number = std::int64_t;

inline constexpr int children = 10;

struct work {
  static constexpr const char* name = "skynet";
  using result = number;

  explicit work(size s)
      : leaves(s == size::test   ? 10'000
               : s == size::base ? 1'000'000
                                 : 100'000'000) {}

  bool correct(number answer) const { return answer == leaves * (leaves - 1) / 2; }

  // Every node but the root is forked.
  double forks() const {
    double nodes = 0;
    for (number level = children; level <= leaves; level *= children) {
      nodes += static_cast<double>(level);
    }
    return nodes;
  }

  void prepare() const {}

  // Volatile: the compiler must not compute a run at compile time or share it between runs.
  volatile number leaves;
};

}  // namespace bench::skynet
