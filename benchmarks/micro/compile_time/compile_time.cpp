// SPDX-License-Identifier: MIT OR Apache-2.0
// How long the compiler that has built this program takes, at -O2, for a file of five pipelines of
// parallel iterators, for the same in plain loops, and for the header alone. At size `test` it only
// checks the syntax. cpu_s is the processor time of the compiler, which a busy machine lengthens
// less.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "../../support/latency.hpp"
#include "../../support/program.hpp"
#include "compile_command.hpp"

extern char** environ;

namespace bench::compile_time {
namespace {

struct outcome {
  bool compiled = false;
  double seconds = 0;
  double cpu_seconds = 0;
};

outcome compile(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);

  const auto begin = latency_clock::now();
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ);
  if (error != 0) throw std::system_error(error, std::generic_category(), arguments[0]);
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child) {
    throw std::system_error(errno, std::generic_category(), "wait4");
  }
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return {.compiled = WIFEXITED(status) && WEXITSTATUS(status) == 0,
          .seconds = nanoseconds_since(begin) * 1e-9,
          .cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)};
}

void measure(benchmark::State& state, const std::string& file, bool syntax_only) {
  std::vector<std::string> arguments(std::begin(command), std::end(command));
  if (syntax_only) {
    arguments.emplace_back("-fsyntax-only");
  } else {
    arguments.insert(arguments.end(), {"-O2", "-S", "-o", "/dev/null"});
  }
  arguments.push_back(std::string(directory) + '/' + file);

  double cpu_seconds = 0;
  for (auto _ : state) {
    const outcome o = compile(arguments);
    if (!o.compiled) return fail(state, file + " does not compile");
    state.SetIterationTime(o.seconds);
    cpu_seconds += o.cpu_seconds;
  }
  state.counters["cpu_s"] = cpu_seconds / static_cast<double>(state.iterations());
}

void add(const options& o, const char* family, const char* engine_name, const char* file) {
  benchmark::RegisterBenchmark(benchmark_name(family, o, engine_name, 1).c_str(),
                               [file, test = o.chosen_size == size::test](benchmark::State& state) {
                                 measure(state, file, test);
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond)
      ->Iterations(1);
}

const registration all(rank::micropool, [](const options& o) {
  setenv("CCACHE_DISABLE", "1", 1);  // where the compiler is called through ccache
  add(o, "compile_time_header", "micropool", "header_alone.cpp");
  add(o, "compile_time_pipelines", "micropool", "pipelines.cpp");
  add(o, "compile_time_pipelines", "serial", "plain_loops.cpp");
});

}  // namespace
}  // namespace bench::compile_time
