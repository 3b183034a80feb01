// SPDX-License-Identifier: MIT OR Apache-2.0
// How the tests run programs on the simulated machine.
//
//   MICROPOOL_TEST_SCALE    so many times as many executions
//   MICROPOOL_SIM_SECONDS   each random search goes on for so long instead
//   MICROPOOL_TEST_SEED     the first seed of each; default 1, so that a run repeats the last one
#pragma once

#include "explore.hpp"

#include "../support/catch.hpp"
#include "../support/env.hpp"
#include "../support/scale.hpp"

#include <chrono>
#include <cstdio>
#include <set>
#include <vector>

namespace micropool_test {

// Explores the program; the test case fails if an execution does, with its account, or if an
// exhaustive search is cut off.
inline simulation::result simulate(simulation::options how,
                                   const std::function<void()>& program) {
  using clock = std::chrono::steady_clock;
  const bool is_random = how.by != simulation::strategy::exhaustive;
  if (is_random) how.executions = scaled(how.executions);
  how.first_seed = env_number("MICROPOOL_TEST_SEED").value_or(how.first_seed);
  const auto seconds = env_number("MICROPOOL_SIM_SECONDS");
  const auto begun = clock::now();
  auto r = simulation::explore(how, program);
  while (is_random && seconds && r.passed() &&
         clock::now() - begun < std::chrono::seconds(*seconds)) {
    how.first_seed += how.executions;
    const std::uint64_t before = r.executions;
    r = simulation::explore(how, program);
    r.executions += before;
  }
  const double took = std::chrono::duration<double>(clock::now() - begun).count();
  std::printf("%llu executions, %.0f per second\n", static_cast<unsigned long long>(r.executions),
              static_cast<double>(r.executions) / took);
  INFO(r.account);
  CHECK(r.failure == "");
  CHECK(r.executions > 0);
  if (!is_random) CHECK(r.is_complete);
  return r;
}

using outcomes = std::set<std::vector<int>>;

// What the program has noted, in all executions.
inline outcomes outcomes_of(const simulation::result& r) {
  outcomes seen;
  for (const auto& [values, count] : r.outcomes) seen.insert(values);
  return seen;
}

}  // namespace micropool_test
