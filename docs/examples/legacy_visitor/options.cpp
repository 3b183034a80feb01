// SPDX-License-Identifier: MIT OR Apache-2.0
#include "options.hpp"

#include <charconv>
#include <string_view>

namespace legacy_visitor {

const char* const usage =
    R"(usage: legacy_visitor [options] [directory]

Looks for misspelt names in the JSON files (*.json) below a directory (default
/usr/share/iso-codes/json, of the package iso-codes): every string that is the value of a
given key is compared with all others, and those that differ in a single letter are
reported. The files are read by a parser that calls back for each value, and each callback
waits until its name has been looked up. That is done three times, and results and times
are compared: one file after the other; all files at once, each on a thread that blocks
while it waits; and all at once as stackful tasks, of which only the stack waits.

  --key KEY      the key whose values are names (default name)
  --copies N     read every file N times, each with a parser of its own (default 1)
  -n COUNT       print the first COUNT findings (default 10)
  --threads N    threads that answer, the calling one included (default: all usable cores)
  --no-threads   leave out the run with a thread for each file
  -h, --help     this text

Exit status: 0 everything was read; 1 something could not be read or is no JSON (each is
named on standard error); 2 the command line or the directory is wrong; 3 the runs differ,
or the program failed.
)";

namespace {

std::size_t number(const std::string& option, std::string_view value, std::size_t least,
                   std::size_t most) {
  std::size_t result = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (value.empty() || error != std::errc() || end != value.data() + value.size() ||
      result < least || result > most) {
    throw usage_error(option + ": '" + std::string(value) + "' is not a whole number from " +
                      std::to_string(least) + " to " + std::to_string(most));
  }
  return result;
}

}  // namespace

options parse(int argc, const char* const* argv) {
  options result;
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
    } else if (argument == "--key") {
      result.key = value();
    } else if (argument == "--copies") {
      result.copies = number(argument, value(), 1, 100'000);
    } else if (argument == "-n") {
      result.top = number(argument, value(), 0, 1'000'000'000);
    } else if (argument == "--threads") {
      result.threads = number(argument, value(), 1, 1'000'000'000);
    } else if (argument == "--no-threads") {
      result.thread_per_file = false;
    } else if (argument == "-h" || argument == "--help") {
      result.help = true;
    } else {
      throw usage_error(argument + ": no such option");
    }
  }
  return result;
}

}  // namespace legacy_visitor
