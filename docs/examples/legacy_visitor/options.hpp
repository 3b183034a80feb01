// SPDX-License-Identifier: MIT OR Apache-2.0
// The command line of legacy_visitor.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace legacy_visitor {

/// The command line makes no sense; what() names the option and the value.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct options {
  std::filesystem::path root = "/usr/share/iso-codes/json";
  std::string key = "name";
  std::size_t copies = 1;
  std::size_t top = 10;                // findings to print
  std::optional<std::size_t> threads;  // that answer, the caller included; else the pool decides
  bool thread_per_file = true;         // whether to run that
  bool help = false;
};

extern const char* const usage;

/// Throws usage_error.
options parse(int argc, const char* const* argv);

}  // namespace legacy_visitor
