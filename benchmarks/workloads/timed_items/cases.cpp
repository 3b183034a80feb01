// SPDX-License-Identifier: MIT OR Apache-2.0
// Measures the loops of engine.hpp from a thread outside the engine, call by call: 16, 256 and 4096
// items of 1 us; 4096 items whose lengths are of a Pareto distribution; and 64 x 64 items of 1 us
// in a loop inside a loop.
//
// A plain loop over the same items is timed right before each call, since both depend on how the
// machine feels in that moment: of_serial and of_balance are medians of the ratios to it. Perfect
// balance is an equal share of the plain loop's time for each participant, or the longest item
// alone.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "../../support/cpu_time.hpp"
#include "../../support/latency.hpp"
#include "engine.hpp"

namespace bench::timed_items {
namespace {

using std::chrono::nanoseconds;
using lengths = std::vector<nanoseconds>;

lengths equal(std::size_t n) { return lengths(n, nanoseconds(1000)); }

// Shape 1.5 and at least 1 us, which makes 3 us on average: the longest tenth of the items has
// almost half of the work, and the longest of 4096 lasts some hundred microseconds. In no
// particular order; the same ones in every run.
lengths pareto(std::size_t n) {
  constexpr double shape = 1.5, shortest = 1000;
  std::mt19937_64 random(4711);
  lengths all(n);
  for (nanoseconds& length : all) {
    const double rank = static_cast<double>((random() >> 11) + 1) * 0x1p-53;  // in (0, 1]
    length = nanoseconds(std::llround(shortest * std::pow(rank, -1 / shape)));
  }
  return all;
}

// The share of the work that the longest item is.
double longest_share(const lengths& all) {
  const auto sum = std::accumulate(all.begin(), all.end(), nanoseconds(0));
  return static_cast<double>(std::ranges::max(all).count()) / static_cast<double>(sum.count());
}

template <class Call>
void measure(benchmark::State& state, int threads, const lengths& of, Call call) {
  constexpr int warm_up = 5;
  items all(of);
  for (int i = 0; i < warm_up; ++i) call(all);

  const double balanced = std::max(1.0 / threads, longest_share(of));
  const auto calls = static_cast<std::size_t>(state.max_iterations);
  latency_samples samples(calls);
  latency_samples to_serial(calls);
  latency_samples to_balance(calls);
  cpu_usage cpu;
  double seconds = 0;
  for (auto _ : state) {
    auto begin = latency_clock::now();
    for (std::size_t i = 0; i < all.size(); ++i) all.run(i);
    const double serial = nanoseconds_since(begin);

    cpu.start();
    begin = latency_clock::now();
    call(all);
    const double elapsed = nanoseconds_since(begin);
    cpu.stop();
    state.SetIterationTime(elapsed * 1e-9);
    seconds += elapsed * 1e-9;
    samples.add(elapsed);
    to_serial.add(elapsed / serial);
    to_balance.add(elapsed / (serial * balanced));
  }
  if (!all.each_ran(warm_up + 2 * static_cast<std::int64_t>(state.iterations()))) {
    return fail(state, "an item was lost or ran twice");
  }
  samples.report(state);
  state.counters["of_serial"] = to_serial.quantile(0.5);
  state.counters["of_balance"] = to_balance.quantile(0.5);
  state.counters["cores_used"] = cpu.seconds() / seconds;
}

}  // namespace

void add_loops(const options& o, const char* engine_name, int threads, looper_maker make) {
  const bool test = o.chosen_size == size::test;
  // A tail is comparable only over as many calls.
  const std::int64_t times = o.chosen_size == size::large ? 10 : 1;
  const auto add = [&](const std::string& family, std::int64_t calls, const lengths& of,
                       auto call) {
    benchmark::RegisterBenchmark(benchmark_name(family, o, engine_name, threads).c_str(),
                                 [=](benchmark::State& state) {
                                   const auto loops = make(threads);
                                   measure(state, threads, of,
                                           [&](items& all) { call(*loops, all); });
                                 })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond)
        ->Iterations(test ? 2 : times * calls);
  };
  const auto run_all = [](looper& loops, items& all) { loops.run_all(all); };
  add("items_16", 5'000, equal(16), run_all);
  add("items_256", 1'000, equal(256), run_all);
  add("items_4096", 100, equal(4096), run_all);
  add("uneven_4096", 50, pareto(4096), [](looper& loops, items& all) { loops.run_uneven(all); });
  const std::size_t rows = 64;
  add("nested_4096", 100, equal(rows * rows),
      [](looper& loops, items& all) { loops.run_nested(all, rows); });
}

}  // namespace bench::timed_items
