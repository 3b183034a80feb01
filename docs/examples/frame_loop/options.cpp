// SPDX-License-Identifier: MIT OR Apache-2.0
#include "options.hpp"

#include <charconv>
#include <string_view>

namespace frame_loop {

const char* const usage =
    R"(usage: frame_loop [options]

Simulates particles in frames, 60 in a second, on a runtime of your choice: first alone, then
beside the same runtime's background jobs, which count the words of a directory tree over and
over. Prints how long the frames took in both phases.

  --seconds S      length of each phase (default 10), or
  --frames N       its number of frames
  --particles N    particles of the simulation (default 20000)
  --hz N           frames in a second (default 60)
  --engine NAME    micropool (the default), tbb, openmp or serial
  --threads N      threads that work on a frame, the calling one included (default: the
                   engine's; not for serial); 1 leaves micropool no thread to run the jobs
  --path DIR       the tree that is indexed (default /usr/share/doc)
  --no-background  only the first phase
  --svg FILE       draw the histogram into FILE
  -h, --help       this text

A frame must be ready when the next one is due. While one is late, the frames that should have
been shown are missed. The simulation ends in the same state on every engine: the last line is
its checksum.

Exit status: 0 done; 2 the command line is wrong, the engine is not in this build, or DIR
cannot be read; 3 the two phases ended in different states, or the program failed.
)";

namespace {

std::size_t number(const std::string& option, std::string_view value, std::size_t most) {
  std::size_t result = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (value.empty() || error != std::errc() || end != value.data() + value.size() || result < 1 ||
      result > most) {
    throw usage_error(option + ": '" + std::string(value) + "' is not a whole number from 1 to " +
                      std::to_string(most));
  }
  return result;
}

}  // namespace

options parse(int argc, const char* const* argv) {
  options result;
  std::optional<std::size_t> seconds;
  std::optional<std::size_t> frames;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto value = [&]() -> std::string_view {
      if (i + 1 == argc) throw usage_error(argument + ": a value must follow");
      return argv[++i];
    };
    if (argument == "--seconds") {
      seconds = number(argument, value(), 86'400);
    } else if (argument == "--frames") {
      frames = number(argument, value(), 100'000'000);
    } else if (argument == "--particles") {
      result.particles = number(argument, value(), 10'000'000);
    } else if (argument == "--hz") {
      result.hz = number(argument, value(), 1000);
    } else if (argument == "--engine") {
      result.engine = value();
    } else if (argument == "--threads") {
      result.threads = number(argument, value(), 1024);
    } else if (argument == "--path") {
      result.path = value();
    } else if (argument == "--no-background") {
      result.background = false;
    } else if (argument == "--svg") {
      result.svg = value();
    } else if (argument == "-h" || argument == "--help") {
      result.help = true;
    } else {
      throw usage_error("'" + argument + "': no such option");
    }
  }
  if (seconds && frames) throw usage_error("--seconds and --frames exclude each other");
  if (result.engine == "serial" && result.threads) {
    throw usage_error("--threads: has no meaning together with --engine serial");
  }
  result.frames = frames ? *frames : seconds.value_or(10) * result.hz;
  return result;
}

}  // namespace frame_loop
