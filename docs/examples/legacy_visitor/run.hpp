// SPDX-License-Identifier: MIT OR Apache-2.0
// Three ways to run the same parsers over the same files: one after the other, each on a thread of
// its own, and each on a stack of its own.
#pragma once

#include <micropool/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <ctime>
#include <exception>
#include <mutex>
#include <string_view>
#include <vector>

#include "files.hpp"
#include "names.hpp"
#include "rounds.hpp"
#include "visitor.hpp"

namespace legacy_visitor {

/// What the runs are given. Refers to it all.
struct work {
  const std::vector<json_file>& distinct_files;
  std::size_t copies;  // how often each of them is read
  std::string_view key;
  const name_list& names;

  std::size_t files() const { return distinct_files.size() * copies; }
  const json_file& file(std::size_t i) const { return distinct_files[i / copies]; }
};

struct run {
  std::vector<file_result> results;  // one for each file and copy
  round_counts counts{};
  double seconds = 0;
  double cpu_seconds = 0;  // of all threads together
};

class stopwatch {
public:
  void stop(run& at) const;

private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::clock_t cpu_start_ = std::clock();
};

/// The first of all exceptions, from any thread. The others end at once: where a resource is
/// short, thousands of parsers fail, and even the memory for their exceptions may run out.
class first_failure {
public:
  void note(std::exception_ptr failure);
  void rethrow() const;  // when all parsers have ended; does nothing if none has failed

private:
  std::mutex mutex_;
  std::exception_ptr first_;
};

/// Every question is answered at once, on this thread.
run run_serial(const work& what);

/// A stackful task for each file; the answers come from the same pool.
/// Throws std::system_error if there cannot be that many stacks.
run run_stackful(const work& what, micropool::thread_pool& pool);

/// A thread for each file, which blocks while it waits; the answers come from the pool.
/// Throws std::system_error if there cannot be that many threads.
run run_threads(const work& what, micropool::thread_pool& pool);

}  // namespace legacy_visitor
