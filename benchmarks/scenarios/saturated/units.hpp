// SPDX-License-Identifier: MIT OR Apache-2.0
// A foreground call of eight units of 10 ms from outside, while the workers run background tasks of
// 100 us without end. Between two of those a worker can come and help: on two threads the call then
// takes half of its serial time, and all of it if no worker comes. `helped` is the share of the
// units that workers ran.
//
// `Engine` is built with a number of participants; `background(f)` queues f as background work,
// `repeat(n, f)` calls f n times in the foreground, in parallel, and returns.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "../../support/busy_work.hpp"
#include "../../support/latency.hpp"
#include "../../support/program.hpp"
#include "endless_load.hpp"

namespace bench::saturated {

template <class Engine>
void measure_units(benchmark::State& state, int threads, std::chrono::nanoseconds length) {
  constexpr int units = 8;
  const busy_work work(length);
  Engine engine(threads);
  std::atomic<std::int64_t> runs{0};
  std::atomic<std::int64_t> helped{0};
  const auto unit = [&, caller = std::this_thread::get_id()] {
    work();
    runs.fetch_add(1, std::memory_order_relaxed);
    if (std::this_thread::get_id() != caller) helped.fetch_add(1, std::memory_order_relaxed);
  };

  latency_samples ratios(static_cast<std::size_t>(state.max_iterations));
  for (auto _ : state) {
    // The yardstick of each call is taken right before it, while the pool is idle.
    auto begin = latency_clock::now();
    for (int i = 0; i < units; ++i) unit();
    const double serial = nanoseconds_since(begin);

    const endless_load load(std::chrono::microseconds(100), 100,
                            [&engine](auto task) { engine.background(task); });
    begin = latency_clock::now();
    engine.repeat(units, unit);
    const double elapsed = nanoseconds_since(begin);
    state.SetIterationTime(elapsed * 1e-9);
    ratios.add(elapsed / serial);
  }
  const std::int64_t in_parallel = units * static_cast<std::int64_t>(state.iterations());
  if (runs.load() != 2 * in_parallel) return fail(state, "a unit was lost or ran twice");
  state.counters["of_serial"] = ratios.quantile(0.5);
  state.counters["of_serial_max"] = ratios.quantile(1);
  state.counters["helped"] = static_cast<double>(helped.load()) / static_cast<double>(in_parallel);
}

template <class Engine>
void add_units(const options& o, const char* engine_name) {
  using namespace std::chrono_literals;
  const auto length = o.chosen_size == size::test ? 1ms : 10ms;
  const std::int64_t calls = o.chosen_size == size::test   ? 2
                             : o.chosen_size == size::base ? 20
                                                           : 100;
  for (const int threads : o.threads) {
    if (threads < 2) continue;
    benchmark::RegisterBenchmark(
        benchmark_name("units_beside_short_tasks", o, engine_name, threads).c_str(),
        [=](benchmark::State& state) { measure_units<Engine>(state, threads, length); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond)
        ->Iterations(calls);
  }
}

}  // namespace bench::saturated
