// SPDX-License-Identifier: MIT OR Apache-2.0
// The two choices every benchmark program offers beside Google Benchmark's own flags.
// What a size means in numbers is each workload's business.
#pragma once

#include <string_view>
#include <vector>

namespace bench {

enum class size { test, base, large };

std::string_view to_string(size s) noexcept;

struct options {
  size chosen_size = size::base;
  // Total participants to measure with: the calling thread counts as one.
  std::vector<int> threads = {1, 2};
};

// Takes `--size=test|base|large` and `--threads=1,2,...` out of the command line; the rest stays
// for Google Benchmark. Without a flag, MICROPOOL_BENCH_SIZE and MICROPOOL_BENCH_THREADS decide.
// Throws std::invalid_argument naming the option and the value it cannot use.
options take_options(int& argc, char** argv);

// A one-line summary of both flags for `--help`.
std::string_view options_help() noexcept;

}  // namespace bench
