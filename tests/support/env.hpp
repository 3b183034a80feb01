// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads the numbers that set up a test run from the environment. A value that is no number ends the
// run: a misspelt setting must not look like a passed test.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace micropool_test {

inline std::optional<std::uint64_t> env_number(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  std::uint64_t value = 0;
  const char* end = text + std::strlen(text);
  const auto [stopped_at, error] = std::from_chars(text, end, value);
  if (error != std::errc{} || stopped_at != end) {
    std::fprintf(stderr, "%s must be a non-negative whole number, not \"%s\"\n", name, text);
    std::exit(2);
  }
  return value;
}

}  // namespace micropool_test
