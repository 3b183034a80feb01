// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads the size and the thread counts from the command line or the environment.
#include "options.hpp"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

namespace bench {
namespace {

[[noreturn]] void refuse(std::string_view option, std::string_view value, std::string_view wanted) {
  throw std::invalid_argument(std::string(option) + ": cannot use '" + std::string(value) +
                              "', expected " + std::string(wanted));
}

size parse_size(std::string_view option, std::string_view value) {
  for (const size s : {size::test, size::base, size::large}) {
    if (value == to_string(s)) return s;
  }
  refuse(option, value, "test, base or large");
}

std::vector<int> parse_threads(std::string_view option, std::string_view value) {
  std::vector<int> counts;
  std::string_view rest = value;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    int n = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), n);
    if (error != std::errc{} || end != part.data() + part.size() || n < 1 || n > 1024) {
      refuse(option, value, "numbers from 1 to 1024 separated by commas");
    }
    counts.push_back(n);
    if (comma == std::string_view::npos) return counts;
    rest.remove_prefix(comma + 1);
  }
}

std::optional<std::string_view> value_of(std::string_view argument, std::string_view flag) {
  if (!argument.starts_with(flag)) return std::nullopt;
  return argument.substr(flag.size());
}

}  // namespace

std::string_view to_string(size s) noexcept {
  switch (s) {
    case size::test:
      return "test";
    case size::base:
      return "base";
    case size::large:
      break;
  }
  return "large";
}

options take_options(int& argc, char** argv) {
  options chosen;
  if (const char* value = std::getenv("MICROPOOL_BENCH_SIZE")) {
    chosen.chosen_size = parse_size("MICROPOOL_BENCH_SIZE", value);
  }
  if (const char* value = std::getenv("MICROPOOL_BENCH_THREADS")) {
    chosen.threads = parse_threads("MICROPOOL_BENCH_THREADS", value);
  }
  int kept = 0;
  for (int i = 0; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (const auto value = value_of(argument, "--size=")) {
      chosen.chosen_size = parse_size("--size", *value);
    } else if (const auto list = value_of(argument, "--threads=")) {
      chosen.threads = parse_threads("--threads", *list);
    } else {
      argv[kept++] = argv[i];
    }
  }
  argc = kept;
  argv[argc] = nullptr;
  return chosen;
}

std::string_view options_help() noexcept {
  return "  [--size=test|base|large]   default base, or MICROPOOL_BENCH_SIZE\n"
         "  [--threads=1,2,...]        total participants, or MICROPOOL_BENCH_THREADS\n";
}

}  // namespace bench
