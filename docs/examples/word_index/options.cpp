// SPDX-License-Identifier: MIT OR Apache-2.0
#include "options.hpp"

#include <charconv>
#include <limits>
#include <string>
#include <string_view>

namespace word_index {

const char* const usage =
    R"(usage: word_index [options] [directory]

Counts the words of all text files below a directory (default /usr/share/doc), those
compressed as .gz included: with tasks on a thread pool, then on one thread, and compares
results and times of the two. So that both find the files in memory, a run that is not timed
goes before them. Binary files (those that hold a NUL byte) are left out.

  -n COUNT       print the COUNT most frequent words (default 20)
  --threads N    threads that count, the calling one included (default: all usable cores)
  --parallel     only the run with tasks
  --serial       only the run on one thread
  -L, --follow   follow symbolic links; without it they are counted and left alone
  -h, --help     this text

A word of the list is a run of the letters a-z, lower-cased. Beside it stands the number of
words as `LC_ALL=C wc -w` counts them.

Exit status: 0 everything was read; 1 something could not be read, or a symbolic link leads
nowhere or in a loop (each is named on standard error); 2 the command line or the directory
is wrong; 3 the two runs differ, or the program failed.
)";

namespace {

std::size_t number(const std::string& option, std::string_view value, std::size_t least) {
  std::size_t result = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (value.empty() || error != std::errc() || end != value.data() + value.size() ||
      result < least) {
    throw usage_error(option + ": '" + std::string(value) + "' is not a whole number from " +
                      std::to_string(least) + " to " +
                      std::to_string(std::numeric_limits<std::size_t>::max()));
  }
  return result;
}

}  // namespace

options parse(int argc, const char* const* argv) {
  options result;
  bool only_serial = false;
  bool only_parallel = false;
  bool have_root = false;
  bool options_end = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto value = [&]() -> std::string_view {
      if (i + 1 == argc) throw usage_error(argument + ": a value must follow");
      return argv[++i];
    };
    if (options_end || argument == "-" || argument.empty() || argument[0] != '-') {
      if (have_root) {
        throw usage_error("'" + argument + "': only one directory can be given, and '" +
                          result.root.string() + "' already is");
      }
      result.root = argument;
      have_root = true;
    } else if (argument == "--") {
      options_end = true;
    } else if (argument == "-n") {
      result.top = number(argument, value(), 0);
    } else if (argument == "--threads") {
      result.threads = number(argument, value(), 1);
    } else if (argument == "--serial") {
      only_serial = true;
    } else if (argument == "--parallel") {
      only_parallel = true;
    } else if (argument == "-L" || argument == "--follow") {
      result.policy = links::follow;
    } else if (argument == "-h" || argument == "--help") {
      result.help = true;
    } else {
      throw usage_error(argument + ": no such option");
    }
  }
  if (only_serial && only_parallel) {
    throw usage_error("--serial and --parallel exclude each other; without both, both are run");
  }
  if (only_serial && result.threads) {
    throw usage_error("--threads: has no meaning together with --serial");
  }
  result.serial = !only_parallel;
  result.parallel = !only_serial;
  return result;
}

}  // namespace word_index
