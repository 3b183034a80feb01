// SPDX-License-Identifier: MIT OR Apache-2.0
// Short foreground calls from outside while every worker is inside 300 ms of background work and
// 1000 more pieces are queued: a join and a scope of two branches of 10 us. A call that waits for
// any of that work shows as a sample of up to 300 ms.
//
// `Engine` is built with a number of participants; `background(f)` queues f as background work,
// `join(f, g)` and `scope(f, g)` run both in the foreground and return.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "../../support/background_load.hpp"
#include "../../support/busy_work.hpp"
#include "../../support/latency.hpp"
#include "../../support/program.hpp"

namespace bench::saturated {

using namespace std::chrono_literals;

// A branch that works and counts its runs, so that a lost or doubled one is noticed.
struct branch {
  const busy_work& work;
  std::int64_t runs = 0;

  void operator()() noexcept {
    work();
    ++runs;
  }
};

// Blocks of calls on the saturated pool alternate with blocks of the same work done serially while
// the pool is idle, since both depend on how the machine feels in that moment.
template <class Engine, class Call>
void measure_calls(benchmark::State& state, int threads, occupation how, std::int64_t block,
                   Call call) {
  const busy_work work(10us);
  Engine engine(threads);
  branch f{work};
  branch g{work};
  const auto repeat = [&](latency_samples& into, const auto& one) {
    double sum = 0;
    for (std::int64_t i = 0; i < block; ++i) {
      const auto begin = latency_clock::now();
      one();
      const double elapsed = nanoseconds_since(begin);
      into.add(elapsed);
      sum += elapsed;
    }
    return sum;
  };
  for (int i = 0; i < 20; ++i) call(engine, f, g);

  const auto expected = static_cast<std::size_t>(state.max_iterations * block);
  latency_samples samples(expected);
  latency_samples serial(expected);
  for (auto _ : state) {
    repeat(serial, [&] {
      f();
      g();
    });
    const background_load load(how, 300ms, threads - 1, 1000,
                               [&](auto piece) { engine.background(piece); });
    state.SetIterationTime(repeat(samples, [&] { call(engine, f, g); }) * 1e-9);
  }
  const std::int64_t wanted = 20 + 2 * block * static_cast<std::int64_t>(state.iterations());
  if (f.runs != wanted || g.runs != wanted) return fail(state, "a branch was lost or ran twice");
  samples.report(state);
  serial.report(state, "serial_");
  state.counters["p99_to_serial"] = samples.quantile(0.99) / serial.quantile(0.99);
}

template <class Engine>
void add_calls(const options& o, const char* engine_name) {
  // 2000 calls at size base.
  const std::int64_t block = o.chosen_size == size::test ? 20 : 200;
  const std::int64_t blocks = o.chosen_size == size::test   ? 2
                              : o.chosen_size == size::base ? 10
                                                            : 100;
  for (const int threads : o.threads) {
    if (threads < 2) continue;
    const auto add = [&](const char* family, occupation how, auto call) {
      benchmark::RegisterBenchmark(
          benchmark_name(family, o, engine_name, threads).c_str(),
          [=](benchmark::State& state) { measure_calls<Engine>(state, threads, how, block, call); })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond)
          ->Iterations(blocks);
    };
    const auto join = [](Engine& e, branch& f, branch& g) { e.join(f, g); };
    const auto scope = [](Engine& e, branch& f, branch& g) { e.scope(f, g); };
    add("saturated_sleeping_join", occupation::sleeping, join);
    add("saturated_sleeping_scope", occupation::sleeping, scope);
    add("saturated_spinning_join", occupation::spinning, join);
    add("saturated_spinning_scope", occupation::spinning, scope);
  }
}

}  // namespace bench::saturated
