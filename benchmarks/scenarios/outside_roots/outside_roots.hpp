// SPDX-License-Identifier: MIT OR Apache-2.0
// Eight threads outside the pool, each with a root of its own that makes 1000 joins, all at once.
// It shows whether roots share the workers fairly: `slowest_to_median` compares the threads' times.
//
// `Engine` is built with a number of participants; `root(n, f, g)` makes n joins of f and g.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <latch>
#include <thread>
#include <vector>

#include "../../support/busy_work.hpp"
#include "../../support/latency.hpp"
#include "../../support/program.hpp"

namespace bench::outside_roots {

inline constexpr std::size_t outside_threads = 8;

struct alignas(64) outcome {
  latency_clock::time_point begin{};
  latency_clock::time_point end{};
  std::atomic<std::int64_t> branches{0};

  double nanoseconds() const {
    return std::chrono::duration<double, std::nano>(end - begin).count();
  }
};

using outcomes = std::array<outcome, outside_threads>;

// One run: every thread starts at the same gate; its time ends with its own root. Returns the time
// in nanoseconds from the first start to the last end, as the threads saw it: the thread that
// waits for them here may be scheduled late.
template <class Engine>
double run_once(Engine& engine, std::int64_t joins, const busy_work& work, outcomes& results) {
  std::latch gate(outside_threads);
  std::vector<std::thread> threads;
  for (outcome& result : results) {
    result.branches.store(0);
    threads.emplace_back([&] {
      const auto branch = [&] {
        work();
        result.branches.fetch_add(1, std::memory_order_relaxed);
      };
      gate.arrive_and_wait();
      result.begin = latency_clock::now();
      engine.root(joins, branch, branch);
      result.end = latency_clock::now();
    });
  }
  for (std::thread& t : threads) t.join();
  auto first = results[0].begin;
  auto last = results[0].end;
  for (const outcome& result : results) {
    first = std::min(first, result.begin);
    last = std::max(last, result.end);
  }
  return std::chrono::duration<double, std::nano>(last - first).count();
}

template <class Engine>
void measure(benchmark::State& state, int threads, std::int64_t joins,
             std::chrono::nanoseconds length) {
  const busy_work work(length);
  Engine engine(threads);
  outcomes results;
  latency_samples ratios(static_cast<std::size_t>(state.max_iterations));
  double slowest_ratio = 0;
  for (auto _ : state) {
    const double elapsed = run_once(engine, joins, work, results);
    state.SetIterationTime(elapsed * 1e-9);

    std::array<double, outside_threads> times{};
    for (std::size_t i = 0; i < outside_threads; ++i) {
      if (results[i].branches.load() != 2 * joins) return fail(state, "a branch was lost");
      times[i] = results[i].nanoseconds();
    }
    std::sort(times.begin(), times.end());
    const double median = (times[outside_threads / 2 - 1] + times[outside_threads / 2]) / 2;
    ratios.add(times.back() / median);
    slowest_ratio = std::max(slowest_ratio, times.back() / median);
  }
  state.counters["slowest_to_median"] = ratios.quantile(0.5);
  state.counters["slowest_to_median_max"] = slowest_ratio;
}

template <class Engine>
void add(const options& o, const char* engine_name) {
  using namespace std::chrono_literals;
  const std::int64_t joins = o.chosen_size == size::test ? 50 : 1000;
  const std::int64_t iterations = o.chosen_size == size::test   ? 3
                                  : o.chosen_size == size::base ? 20
                                                                : 100;
  for (const int threads : o.threads) {
    if (Engine::parallel != (threads > 1)) continue;
    const auto add_length = [&](const char* family, std::chrono::nanoseconds length) {
      benchmark::RegisterBenchmark(
          benchmark_name(family, o, engine_name, threads).c_str(),
          [=](benchmark::State& state) { measure<Engine>(state, threads, joins, length); })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond)
          ->Iterations(iterations);
    };
    add_length("outside_roots_1us", 1us);
    add_length("outside_roots_10us", 10us);
  }
}

}  // namespace bench::outside_roots
