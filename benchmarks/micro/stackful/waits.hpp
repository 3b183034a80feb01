// SPDX-License-Identifier: MIT OR Apache-2.0
// What it costs to wait: for something that is there already, for a branch that another thread has
// taken, and ten thousand times at once for one event.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <thread>
#include <vector>

#include "../../support/latency.hpp"
#include "../../support/program.hpp"

namespace bench::waits {

inline std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// The two branches of a join that is sure to be stolen: the first ends when the second has begun
// elsewhere, the second a little later.
struct stolen_pair {
  std::atomic<bool> begun{false};

  void first() const noexcept {
    while (!begun.load(std::memory_order_relaxed)) {
    }
  }
  void second() noexcept {
    begun.store(true, std::memory_order_relaxed);
    for (int i = 0; i < 500; ++i) benchmark::ClobberMemory();
  }
};

// `run(host, n)` does one thing n times in a row.
template <class Host, class Run>
void each(benchmark::State& state, int threads, std::int64_t in_a_row, Run run) {
  Host host(threads);
  run(host, in_a_row);
  double ns = 0;
  for (auto _ : state) {
    const auto begin = latency_clock::now();
    if (run(host, in_a_row) != in_a_row) return fail(state, "something was lost or done twice");
    const double elapsed = nanoseconds_since(begin);
    ns += elapsed;
    state.SetIterationTime(elapsed * 1e-9);
  }
  state.counters["ns_per_op"] = ns / static_cast<double>(in_a_row * state.iterations());
}

// `Crowd(host, n)` starts n tasks that wait for one event; waiting() says how many do, fire() lets
// them go on, end() returns how many have ended when all have.
template <class Host, class Crowd>
void crowd(benchmark::State& state, int threads, std::size_t tasks) {
  Host host(threads);
  double bytes = 0;
  for (auto _ : state) {
    const std::size_t before = resident_bytes();
    const auto begin = latency_clock::now();
    double elapsed = 0;
    {
      Crowd all(host, tasks);
      while (all.waiting() < tasks) std::this_thread::yield();
      elapsed = nanoseconds_since(begin);
      // The first time only: afterwards memory is used again.
      if (bytes == 0) bytes = static_cast<double>(resident_bytes() - before);
      const auto again = latency_clock::now();
      all.fire();
      if (all.end() != tasks) return fail(state, "a task was lost or ran twice");
      elapsed += nanoseconds_since(again);
    }
    state.SetIterationTime(elapsed * 1e-9);
    state.counters["ns_per_task"] = elapsed / static_cast<double>(tasks);
  }
  state.counters["bytes_per_task"] = bytes / static_cast<double>(tasks);
}

template <class Body>
void add(const options& o, const char* family, const char* engine, int threads,
         std::int64_t iterations, Body body) {
  benchmark::RegisterBenchmark(benchmark_name(family, o, engine, threads).c_str(),
                               [body, threads](benchmark::State& state) { body(state, threads); })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(iterations);
}

struct amounts {
  std::int64_t rows;
  std::int64_t in_a_row;
  std::size_t crowd;

  static constexpr amounts of(size s) {
    if (s == size::test) return {2, 20, 100};
    return {s == size::base ? 200 : 1000, 1000, 10'000};
  }
};

inline constexpr const char* ready = "wait_ready";
inline constexpr const char* stolen = "wait_stolen_join";
inline constexpr const char* many = "wait_crowd";

}  // namespace bench::waits
