// SPDX-License-Identifier: MIT OR Apache-2.0
// The command line of word_index.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "walk.hpp"

namespace word_index {

/// The command line makes no sense; what() names the option and the value.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct options {
  std::filesystem::path root = "/usr/share/doc";
  std::size_t top = 20;                // words to print
  std::optional<std::size_t> threads;  // that count, the caller included; else the pool decides
  bool serial = true;                  // which runs to make
  bool parallel = true;
  links policy = links::leave;
  bool help = false;
};

extern const char* const usage;

/// Throws usage_error.
options parse(int argc, const char* const* argv);

}  // namespace word_index
