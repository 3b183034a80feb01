// SPDX-License-Identifier: MIT OR Apache-2.0
// One round: some pools, some threads from outside, and each of them runs random trees. Which ones
// depends on one number, that is printed when something is wrong.
#pragma once

#include "tree.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace stress {

struct round_plan {
  std::uint64_t seed = 0;
  std::size_t workers = 2;
  std::size_t other_workers = 1;  // of the second pool
  std::size_t callers = 1;        // threads from outside, at the same time
  std::size_t trees = 4;          // that each of them runs, one after the other
  std::chrono::nanoseconds idle_spin{0};
  shape trees_shape{};
};

struct round_report {
  std::vector<std::string> failures;
  std::size_t records = 0;
  std::size_t helped = 0;  // see witness::helped
};

// Random numbers of workers and callers, random shapes.
round_plan random_plan(std::uint64_t seed);

std::string describe(const round_plan& plan);

round_report run_round(const round_plan& plan);

// Calls round(seed) `count` times with the process' seed and what follows it, or, if
// MICROPOOL_TEST_SECONDS is set, until so many seconds are over. The watchdog learns of each.
void for_rounds(const char* purpose, std::size_t count, void (*round)(std::uint64_t seed));

}  // namespace stress
