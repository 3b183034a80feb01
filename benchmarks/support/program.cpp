// SPDX-License-Identifier: MIT OR Apache-2.0
// The main function of every benchmark program.
#include "program.hpp"

#include <atomic>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>

#ifdef __linux__
#include <sys/utsname.h>
#endif

namespace bench {
namespace {

using entries_by_rank = std::multimap<int, std::function<void(const options&)>>;

entries_by_rank& entries() {
  static entries_by_rank list;
  return list;
}

std::map<std::string, std::string>& context() {
  static std::map<std::string, std::string> lines;
  return lines;
}

std::atomic<bool> any_failed{false};

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown CPU";
}

std::string system_name() {
#ifdef __linux__
  utsname names{};
  if (uname(&names) == 0) {
    return std::string(names.sysname) + ' ' + names.release + ' ' + names.machine;
  }
#endif
  return "unknown system";
}

std::string compiler_name() {
#if defined(__clang__)
  return std::string("clang ") + __clang_version__;
#elif defined(__GNUC__)
  return std::string("g++ ") + __VERSION__;
#else
  return "unknown compiler";
#endif
}

}  // namespace

registration::registration(int rank, std::function<void(const options&)> add) {
  entries().emplace(rank, std::move(add));
}

void fail(benchmark::State& state, const std::string& what) {
  any_failed.store(true, std::memory_order_relaxed);
  state.SkipWithError(what.c_str());
}

void add_context(const std::string& key, const std::string& value) { context()[key] = value; }

std::string benchmark_name(std::string_view family, const options& o, std::string_view engine,
                           int threads) {
  return std::string(family) + '/' + std::string(to_string(o.chosen_size)) + '/' +
         std::string(engine) + "/threads:" + std::to_string(threads);
}

}  // namespace bench

int main(int argc, char** argv) {
  try {
    const bench::options chosen = bench::take_options(argc, argv);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
      std::fprintf(stderr, "%s", bench::options_help().data());
      return 2;
    }
    bench::add_context("cpu", bench::cpu_model());
    bench::add_context("system", bench::system_name());
    bench::add_context("compiler", bench::compiler_name());
    bench::add_context("compile_flags", MICROPOOL_BENCH_FLAGS);
    bench::add_context("peers", MICROPOOL_BENCH_PEERS);
    bench::add_context("micropool", MICROPOOL_BENCH_VERSION);
    bench::add_context("size", std::string(to_string(chosen.chosen_size)));

    for (const auto& [rank, add] : bench::entries()) add(chosen);
    for (const auto& [key, value] : bench::context()) benchmark::AddCustomContext(key, value);
    if (benchmark::RunSpecifiedBenchmarks() == 0) {
      std::fprintf(stderr, "no benchmark matches the filter\n");
      return 2;
    }
    benchmark::Shutdown();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
  return bench::any_failed.load(std::memory_order_relaxed) ? 1 : 0;
}
