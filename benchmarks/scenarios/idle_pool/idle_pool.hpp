// SPDX-License-Identifier: MIT OR Apache-2.0
// What a pool with nothing to do costs: processor time while the program sleeps, after the pool has
// been used and has had a moment to come to rest.
//
// `Pair` is an engine: built with a number of participants, `join(f, g)` runs both and returns.
#pragma once

#include <chrono>
#include <thread>

#include "../../support/cpu_time.hpp"
#include "../../support/latency.hpp"
#include "../../support/program.hpp"

namespace bench::idle_pool {

template <class Pair>
void measure(benchmark::State& state, int threads, std::chrono::milliseconds rest,
             std::chrono::milliseconds length) {
  Pair pair(threads);
  double cpu_seconds = 0;
  double seconds = 0;
  for (auto _ : state) {
    for (int i = 0; i < 1000; ++i) pair.join([] {}, [] {});
    std::this_thread::sleep_for(rest);
    const double before = process_cpu_seconds();
    const auto begin = latency_clock::now();
    std::this_thread::sleep_for(length);
    const double elapsed = nanoseconds_since(begin) * 1e-9;
    cpu_seconds += process_cpu_seconds() - before;
    seconds += elapsed;
    state.SetIterationTime(elapsed);
  }
  state.counters["percent_of_a_core"] = 100 * cpu_seconds / seconds;
}

template <class Pair>
void add(const options& o, const char* engine_name) {
  using namespace std::chrono_literals;
  const auto length = o.chosen_size == size::test ? 50ms : o.chosen_size == size::base ? 2s : 10s;
  const auto rest = o.chosen_size == size::test ? 20ms : 300ms;
  for (const int threads : o.threads) {
    if (threads < 2) continue;
    benchmark::RegisterBenchmark(
        benchmark_name("idle_pool", o, engine_name, threads).c_str(),
        [=](benchmark::State& state) { measure<Pair>(state, threads, rest, length); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond)
        ->Iterations(1);
  }
}

}  // namespace bench::idle_pool
