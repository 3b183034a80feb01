// SPDX-License-Identifier: MIT OR Apache-2.0
// Three ways to run the same parsers over the same files: one after the other, each on a thread of
// its own, and each on a stack of its own.
#pragma once

#include <micropool/thread_pool.hpp>

#include <chrono>
#include <ctime>
#include <string_view>
#include <vector>

#include "files.hpp"
#include "names.hpp"
#include "rounds.hpp"
#include "visitor.hpp"

namespace legacy_visitor {

/// What the runs are given. Refers to it all.
struct work {
  const std::vector<json_file>& files;
  std::string_view key;
  const name_list& names;
};

struct run {
  std::vector<file_result> results;  // one for each file
  round_counts counts{};
  double seconds = 0;
  double cpu_seconds = 0;  // of all threads together
};

class stopwatch {
public:
  void stop(run& at) const {
    using seconds = std::chrono::duration<double>;
    at.seconds = seconds(std::chrono::steady_clock::now() - start_).count();
    at.cpu_seconds = static_cast<double>(std::clock() - cpu_start_) / CLOCKS_PER_SEC;
  }

private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::clock_t cpu_start_ = std::clock();
};

/// Every question is answered at once, on this thread.
run run_serial(const work& what);

/// A stackful task for each file; the answers come from the same pool.
run run_stackful(const work& what, micropool::thread_pool& pool);

/// A thread for each file, which blocks while it waits; the answers come from the pool.
/// Throws std::system_error if there cannot be that many threads.
run run_threads(const work& what, micropool::thread_pool& pool);

}  // namespace legacy_visitor
