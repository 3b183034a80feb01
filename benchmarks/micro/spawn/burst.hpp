// SPDX-License-Identifier: MIT OR Apache-2.0
// Many empty tasks at once, then the wait for all of them: what one task costs from the first spawn
// to the last join. Spawned by one thread or by four; fan-in is the same with one waiting
// coroutine.
//
// `Engine` is built with a number of participants. `Engine::producer`, built with the engine, is
// what one of the spawning threads has: `burst(cells)` spawns a task for each cell, which adds one
// to it, and returns when all have ended.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "../../support/latency.hpp"
#include "../../support/program.hpp"

namespace bench::spawning {

// One per task: how often it has run. Only its task writes it, and only who has joined that reads
// it.
using cell = std::uint32_t;

// The same at every size; a size says how often it is repeated.
struct burst_shape {
  const char* family;
  std::size_t tasks;  // of all producers together
  std::size_t producers;
};

inline constexpr burst_shape thousand_from_one{"burst_1e3_from_1", 1'000, 1};
inline constexpr burst_shape thousand_from_four{"burst_1e3_from_4", 1'000, 4};
inline constexpr burst_shape many_from_one{"burst_1e5_from_1", 100'000, 1};
inline constexpr burst_shape many_from_four{"burst_1e5_from_4", 100'000, 4};
inline constexpr burst_shape fan_in_owned{"fan_in_owned", 10'000, 1};
inline constexpr burst_shape fan_in_shared{"fan_in_shared", 10'000, 1};

// The spawning threads and what they spawn for.
template <class Engine>
class producers {
public:
  producers(Engine& engine, const burst_shape& shape) : cells_(shape.tasks) {
    for (std::size_t i = 0; i < shape.producers; ++i) {
      each_.push_back(std::make_unique<typename Engine::producer>(engine));
    }
  }

  // Returns the nanoseconds from the first start to the last end, as the spawning threads saw it.
  // A single producer is the calling thread.
  double burst() {
    ++rounds_;
    std::vector<interval> times(each_.size());
    std::latch gate(static_cast<std::ptrdiff_t>(each_.size()));
    const auto produce = [&](std::size_t i) {
      const std::size_t share = cells_.size() / each_.size();
      const std::span mine = std::span(cells_).subspan(i * share, share);
      gate.arrive_and_wait();
      times[i].begin = latency_clock::now();
      each_[i]->burst(mine);
      times[i].end = latency_clock::now();
    };
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < each_.size(); ++i) others.emplace_back(produce, i);
    produce(0);
    for (std::thread& t : others) t.join();

    interval whole = times[0];
    for (const interval& t : times) {
      whole.begin = std::min(whole.begin, t.begin);
      whole.end = std::max(whole.end, t.end);
    }
    return std::chrono::duration<double, std::nano>(whole.end - whole.begin).count();
  }

  bool each_ran_once_per_burst() const {
    return std::all_of(cells_.begin(), cells_.end(), [&](cell runs) { return runs == rounds_; });
  }

private:
  struct interval {
    latency_clock::time_point begin{};
    latency_clock::time_point end{};
  };

  std::vector<cell> cells_;
  std::vector<std::unique_ptr<typename Engine::producer>> each_;
  cell rounds_ = 0;
};

template <class Engine>
void measure_bursts(benchmark::State& state, int threads, const burst_shape& shape) {
  Engine engine(threads);
  producers<Engine> all(engine, shape);
  all.burst();
  double nanoseconds = 0;
  for (auto _ : state) {
    const double elapsed = all.burst();
    nanoseconds += elapsed;
    state.SetIterationTime(elapsed * 1e-9);
    if (!all.each_ran_once_per_burst()) return fail(state, "a task was lost or ran twice");
  }
  state.counters["ns_per_task"] =
      nanoseconds / static_cast<double>(state.iterations()) / static_cast<double>(shape.tasks);
}

template <class Engine>
void add_burst(const options& o, const char* engine_name, const burst_shape& shape) {
  const std::size_t tasks = o.chosen_size == size::test   ? 0
                            : o.chosen_size == size::base ? 1'000'000
                                                          : 10'000'000;
  const auto bursts = static_cast<std::int64_t>(std::max<std::size_t>(tasks / shape.tasks, 2));
  for (const int threads : o.threads) {
    if (threads < Engine::least_threads) continue;
    benchmark::RegisterBenchmark(
        benchmark_name(shape.family, o, engine_name, threads).c_str(),
        [=](benchmark::State& state) { measure_bursts<Engine>(state, threads, shape); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond)
        ->Iterations(bursts);
  }
}

}  // namespace bench::spawning
