// SPDX-License-Identifier: MIT OR Apache-2.0
// The command line of frame_loop.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace frame_loop {

/// The command line makes no sense; what() names the option and the value.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct options {
  std::string engine = "micropool";
  std::optional<std::size_t> threads;  // for frames, the calling one included; else the engine's
  std::size_t frames = 0;              // of each phase
  std::size_t particles = 20000;
  std::size_t hz = 60;
  std::filesystem::path path = "/usr/share/doc";
  bool background = true;
  std::optional<std::filesystem::path> svg;
  bool help = false;
};

extern const char* const usage;

/// Throws usage_error.
options parse(int argc, const char* const* argv);

}  // namespace frame_loop
