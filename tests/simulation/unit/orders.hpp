// SPDX-License-Identifier: MIT OR Apache-2.0
// The searches of the unit tests. A quick case ends within seconds; the same program with a larger
// bound is a case of its own, tagged [.long].
#pragma once

#include "../simulate.hpp"

namespace micropool_test {

inline constexpr std::uint64_t most_executions = 100'000'000;

// Every execution, up to the order of steps that do not depend on each other.
inline simulation::options every_order() {
  return {.by = simulation::strategy::exhaustive, .executions = most_executions};
}

// Every execution in which at most `n` times a thread is interrupted that could go on.
inline simulation::options preempted(unsigned n) {
  return {.by = simulation::strategy::exhaustive, .executions = most_executions, .preemptions = n};
}

}  // namespace micropool_test
