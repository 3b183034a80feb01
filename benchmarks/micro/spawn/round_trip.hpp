// SPDX-License-Identifier: MIT OR Apache-2.0
// How long it takes to hand an empty task to the pool and to wait for it at once: from a thread
// outside the pool, and from inside a task that a worker runs.
//
// `Engine` is built with a number of participants; `from_outside(trips)` and `from_inside(trips)`
// make one round trip after another for as long as `trips.another()` says so.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../../support/latency.hpp"
#include "../../support/program.hpp"

namespace bench::spawning {

// Counts the trips of one loop and takes their time: of all together, or also of each one.
class trip_meter {
public:
  // `each`, if not null, gets a sample per trip. A sample includes reading the clock once.
  explicit trip_meter(std::int64_t wanted, latency_samples* each = nullptr)
      : wanted_(wanted), each_(each) {}

  // Called before each trip and after the last one, by the thread or coroutine that makes them.
  bool another() {
    correct_ = correct_ && arrivals_ == begun_;
    const bool ends = begun_ == wanted_;
    if (each_ != nullptr || begun_ == 0 || ends) {
      const auto now = latency_clock::now();
      if (begun_ == 0) {
        begin_ = now;
      } else if (each_ != nullptr) {
        each_->add(std::chrono::duration<double, std::nano>(now - last_).count());
      }
      last_ = now;
    }
    if (ends) return false;
    ++begun_;
    return true;
  }

  // What the task of a trip does.
  void arrive() noexcept { ++arrivals_; }

  // Did every trip end after exactly one arrival?
  bool correct() const { return correct_ && begun_ == wanted_; }
  double nanoseconds() const {
    return std::chrono::duration<double, std::nano>(last_ - begin_).count();
  }

private:
  std::int64_t wanted_;
  latency_samples* each_;
  std::int64_t begun_ = 0;
  std::int64_t arrivals_ = 0;
  bool correct_ = true;
  latency_clock::time_point begin_{};
  latency_clock::time_point last_{};
};

// Batches for the mean, then single trips for the tail.
template <class Engine, class Make>
void round_trips(benchmark::State& state, int threads, Make make) {
  constexpr std::int64_t batch = 100;
  constexpr const char* wrong = "a task was lost, ran twice, or had not ended when it was joined";
  Engine engine(threads);
  trip_meter warm_up(batch);
  make(engine, warm_up);
  if (!warm_up.correct()) return fail(state, wrong);

  latency_samples samples(static_cast<std::size_t>(state.max_iterations * batch));
  double batches_ns = 0;
  for (auto _ : state) {
    trip_meter together(batch);
    make(engine, together);
    trip_meter one_by_one(batch, &samples);
    make(engine, one_by_one);
    if (!together.correct() || !one_by_one.correct()) return fail(state, wrong);
    batches_ns += together.nanoseconds();
    state.SetIterationTime(together.nanoseconds() * 1e-9);
  }
  samples.report(state);
  state.counters["ns_per_join"] = batches_ns / static_cast<double>(batch * state.iterations());
  state.counters["clock_ns"] = clock_cost_ns();
}

template <class Engine, class Make>
void add_round_trip(const options& o, const char* family, const char* engine_name, int threads,
                    Make make) {
  const std::int64_t batches = o.chosen_size == size::test   ? 3
                               : o.chosen_size == size::base ? 500
                                                             : 5'000;
  benchmark::RegisterBenchmark(
      benchmark_name(family, o, engine_name, threads).c_str(),
      [=](benchmark::State& state) { round_trips<Engine>(state, threads, make); })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(batches);
}

template <class Engine>
void add_round_trips_from_outside(const options& o, const char* engine_name) {
  for (const int threads : o.threads) {
    if (threads < Engine::least_threads) continue;
    add_round_trip<Engine>(o, "spawn_join_outside", engine_name, threads,
                           [](Engine& e, trip_meter& trips) { e.from_outside(trips); });
  }
}

template <class Engine>
void add_round_trips_from_inside(const options& o, const char* engine_name) {
  for (const int threads : o.threads) {
    if (threads < 2) continue;
    add_round_trip<Engine>(o, "spawn_join_inside", engine_name, threads,
                           [](Engine& e, trip_meter& trips) { e.from_inside(trips); });
  }
}

}  // namespace bench::spawning
