// SPDX-License-Identifier: MIT OR Apache-2.0
// How long one join of two branches takes for a caller outside the pool: empty, with 1, 10 and
// 100 us of work per branch while the pool is warm, and after 2 and 20 ms of idleness.
//
// `Pair` is an engine: built with a number of participants, `join(f, g)` runs both and returns.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "../../support/busy_work.hpp"
#include "../../support/cpu_time.hpp"
#include "../../support/latency.hpp"
#include "../../support/program.hpp"
#include "../../support/raw_futex.hpp"

namespace bench::latency {

using namespace std::chrono_literals;

// A branch that works and counts its runs, so that a lost or doubled branch is noticed.
struct branch {
  const busy_work* work = nullptr;
  std::int64_t runs = 0;

  void operator()() noexcept {
    if (work != nullptr) (*work)();
    ++runs;
  }
};

// Fails the benchmark unless each branch ran exactly `wanted` times.
inline bool check_runs(benchmark::State& state, const branch& f, const branch& g,
                       std::int64_t wanted) {
  if (f.runs == wanted && g.runs == wanted) return true;
  fail(state, "a branch was lost or ran twice");
  return false;
}

// Empty branches: batches for the mean, then single calls for the tail. A single call includes the
// cost of reading the clock, which the counter clock_ns names.
template <class Pair>
void empty_warm(benchmark::State& state, int threads) {
  constexpr int batch = 100;
  Pair pair(threads);
  branch f;
  branch g;
  for (int i = 0; i < batch; ++i) pair.join(f, g);

  const auto iterations = static_cast<std::size_t>(state.max_iterations);
  latency_samples samples(iterations * batch);
  double batches_ns = 0;
  for (auto _ : state) {
    const auto begin = latency_clock::now();
    for (int i = 0; i < batch; ++i) pair.join(f, g);
    const double elapsed = nanoseconds_since(begin);
    batches_ns += elapsed;
    state.SetIterationTime(elapsed * 1e-9);
    for (int i = 0; i < batch; ++i) {
      const auto one = latency_clock::now();
      pair.join(f, g);
      samples.add(nanoseconds_since(one));
    }
  }
  const auto joins = batch * static_cast<std::int64_t>(state.iterations());
  if (!check_runs(state, f, g, batch + 2 * joins)) return;
  samples.report(state);
  state.counters["ns_per_join"] = batches_ns / static_cast<double>(joins);
  state.counters["clock_ns"] = clock_cost_ns();
}

// Branches of `length` each, one call after another; `serial_ns` is the work without an engine.
template <class Pair>
void busy_warm(benchmark::State& state, int threads, std::chrono::nanoseconds length) {
  constexpr int warm_up = 20;
  const busy_work work(length);
  Pair pair(threads);
  branch f{&work};
  branch g{&work};
  for (int i = 0; i < warm_up; ++i) pair.join(f, g);

  latency_samples samples(static_cast<std::size_t>(state.max_iterations));
  for (auto _ : state) {
    const auto begin = latency_clock::now();
    pair.join(f, g);
    const double elapsed = nanoseconds_since(begin);
    state.SetIterationTime(elapsed * 1e-9);
    samples.add(elapsed);
  }
  if (!check_runs(state, f, g, warm_up + static_cast<std::int64_t>(state.iterations()))) return;
  samples.report(state);
  state.counters["work_ns"] = static_cast<double>(length.count());
}

// Branches of 10 us after the caller has slept for `idle`. Every sample of the engine is followed
// by one of a raw futex wake with the same work after the same sleep, since both depend on how
// the machine feels in that millisecond. cpu_us_per_call is what the engine's threads used from
// the start of a call to the end of the sleep after it.
template <class Pair>
void after_idle(benchmark::State& state, int threads, std::chrono::nanoseconds idle) {
  const busy_work work(10us);
  Pair pair(threads);
  raw_futex_partner partner;
  branch f{&work};
  branch g{&work};
  for (int i = 0; i < 10; ++i) pair.join(f, g);
  std::this_thread::sleep_for(idle);

  const auto iterations = static_cast<std::size_t>(state.max_iterations);
  latency_samples samples(iterations);
  latency_samples raw(iterations);
  latency_samples raw_start(iterations);
  cpu_usage cpu;
  std::int64_t raw_runs = 0;
  for (auto _ : state) {
    cpu.start();
    auto begin = latency_clock::now();
    pair.join(f, g);
    const double elapsed = nanoseconds_since(begin);
    state.SetIterationTime(elapsed * 1e-9);
    samples.add(elapsed);
    std::this_thread::sleep_for(idle);
    cpu.stop();

    double started = 0;
    begin = latency_clock::now();
    partner.join(work, [&] {
      started = nanoseconds_since(begin);
      work();
      ++raw_runs;
    });
    raw.add(nanoseconds_since(begin));
    raw_start.add(started);
    std::this_thread::sleep_for(idle);
  }
  const auto calls = static_cast<std::int64_t>(state.iterations());
  if (!check_runs(state, f, g, 10 + calls)) return;
  if (raw_runs != calls) return fail(state, "the raw partner lost a call");
  samples.report(state);
  raw.report(state, "raw_");
  raw_start.report(state, "raw_wake_");
  state.counters["p50_to_raw"] = samples.quantile(0.5) / raw.quantile(0.5);
  state.counters["cpu_us_per_call"] = cpu.seconds() * 1e6 / static_cast<double>(calls);
  state.counters["work_ns"] = 10'000;
}

// Registers a case. It repeats a fixed number of calls, not a fixed time: a tail is comparable
// only over as many samples.
template <class Body>
void add_case(const options& o, const char* family, const char* engine_name, int threads,
              std::int64_t calls, Body body) {
  benchmark::RegisterBenchmark(benchmark_name(family, o, engine_name, threads).c_str(),
                               [body, threads](benchmark::State& state) { body(state, threads); })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(calls);
}

// How often each case is called.
struct join_calls {
  std::int64_t empty, us1, us10, us100, idle2ms, idle20ms;

  static constexpr join_calls of(size s) {
    if (s == size::test) return {2, 50, 30, 10, 5, 2};
    if (s == size::base) return {500, 20'000, 5'000, 1'000, 1'000, 100};
    return {2'000, 100'000, 50'000, 10'000, 5'000, 500};
  }
};

template <class Pair>
void add_joins(const options& o, const char* engine_name) {
  const join_calls n = join_calls::of(o.chosen_size);
  const auto add = [&](const char* family, int threads, std::int64_t calls, auto body) {
    add_case(o, family, engine_name, threads, calls, body);
  };
  const auto busy = [](std::chrono::nanoseconds length) {
    return [length](auto& state, int threads) { busy_warm<Pair>(state, threads, length); };
  };
  const auto cold = [](std::chrono::nanoseconds idle) {
    return [idle](auto& state, int threads) { after_idle<Pair>(state, threads, idle); };
  };
  for (const int threads : o.threads) {
    if ((threads > 1) != Pair::parallel) continue;
    add("join_empty", threads, n.empty, empty_warm<Pair>);
    add("join_1us", threads, n.us1, busy(1us));
    add("join_10us", threads, n.us10, busy(10us));
    add("join_100us", threads, n.us100, busy(100us));
    add("join_10us_idle_2ms", threads, n.idle2ms, cold(2ms));
    add("join_10us_idle_20ms", threads, n.idle20ms, cold(20ms));
  }
}

}  // namespace bench::latency
