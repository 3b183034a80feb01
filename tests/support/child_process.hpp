// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs one hidden test case of this program in a process of its own: for what ends a process, and
// for what a process can do only once.
#pragma once

#include <csignal>
#include <string>
#include <vector>

namespace micropool_test {

struct child_result {
  int exit_code = -1;  // if it ended by itself
  int signal = 0;      // if a signal ended it
  // ThreadSanitizer turns an abort into an exit with its own code.
  bool aborted() const noexcept { return signal == SIGABRT || exit_code > 1; }
  std::string output;  // stdout and stderr, in the order in which they were written
};

// `name` is the exact name of a hidden test case, without commas and brackets, which Catch2 would
// take for something else. `environment` holds "NAME=value" entries that replace or add to this
// process's own; "NAME" alone removes one.
child_result run_as_child(const std::string& name,
                          const std::vector<std::string>& environment = {});

}  // namespace micropool_test
