// SPDX-License-Identifier: MIT OR Apache-2.0
// The searches of the unit tests. Each ends within seconds.
//
//   MICROPOOL_SIM_PREEMPTIONS   added to the bound of each search that has one; default 0
#pragma once

#include "../simulate.hpp"

#include <functional>

namespace micropool_test {

inline constexpr std::uint64_t most_executions = 100'000'000;

// Every execution, up to the order of steps that do not depend on each other.
inline simulation::options every_order() {
  return {.by = simulation::strategy::exhaustive, .executions = most_executions};
}

// Every execution in which at most `n` times a thread is interrupted that could go on.
inline simulation::options preempted(unsigned n) {
  const auto more = env_number("MICROPOOL_SIM_PREEMPTIONS").value_or(0);
  return {.by = simulation::strategy::exhaustive,
          .executions = most_executions,
          .preemptions = n + static_cast<unsigned>(more)};
}

// The same for programs that spin on short mutexes.
inline simulation::options preempted_with_locks(unsigned n) {
  simulation::options how = preempted(n);
  how.stale_reads = 1;
  return how;
}

// For programs of which even those are too many: `n` executions at random, and as many with
// priorities, of about `steps` steps each.
inline void simulate_by_chance(std::uint64_t n, std::uint64_t steps,
                               const std::function<void()>& program) {
  simulate({.executions = n}, program);
  simulate({.by = simulation::strategy::priorities, .executions = n, .steps = steps}, program);
}

}  // namespace micropool_test
