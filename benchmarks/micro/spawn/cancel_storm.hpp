// SPDX-License-Identifier: MIT OR Apache-2.0
// 100,000 tasks of 1 us are spawned and then all given up, the oldest first: what that costs per
// task, with the workers held so that every task is still queued, and with the workers running so
// that they race for the oldest ones.
//
// `Engine` is built with a number of participants; `hold(f)` has a worker call f,
// `spawn(cells, work)` spawns a task for each cell, which does the work and adds one to the cell,
// and `cancel(answers)` gives all of them up.
// `answers` gets a `cancelled` for each task that will never run, if the engine can tell; a task
// that has started may go on after that, until the engine ends.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "../../support/background_load.hpp"
#include "../../support/busy_work.hpp"
#include "burst.hpp"

namespace bench::spawning {

enum class answer : std::uint8_t { none, started, cancelled };

// All that is known of one round. Kept until the engine has ended: no sooner is it certain that no
// cancelled task has run.
struct storm {
  explicit storm(std::size_t tasks) : cells(tasks), answers(tasks) {}

  bool every_answer_was_true() const {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i] > 1) return false;
      if (answers[i] != answer::none && (answers[i] == answer::started) != (cells[i] == 1)) {
        return false;
      }
    }
    return true;
  }
  std::size_t ran() const {
    return static_cast<std::size_t>(std::count(cells.begin(), cells.end(), cell{1}));
  }

  std::vector<cell> cells;
  std::vector<answer> answers;
};

enum class workers { held, running };

template <class Engine>
double measure_storm(Engine& engine, storm& round, const busy_work& work, int held) {
  const background_load holding(occupation::sleeping, std::chrono::hours(1), held, 0,
                                [&](auto f) { engine.hold(f); });
  engine.spawn(round.cells, work);
  const auto begin = latency_clock::now();
  engine.cancel(round.answers);
  return nanoseconds_since(begin);
}

template <class Engine>
void measure_storms(benchmark::State& state, int threads, workers w) {
  constexpr std::size_t tasks = 100'000;
  const busy_work work(std::chrono::microseconds(1));
  const int held = w == workers::held ? threads - 1 : 0;
  const auto rounds = static_cast<std::size_t>(state.max_iterations) + 1;
  std::vector<storm> storms(rounds, storm(tasks));
  std::optional<Engine> engine(threads);
  std::size_t next = 0;
  measure_storm(*engine, storms[next++], work, held);
  double nanoseconds = 0;
  for (auto _ : state) {
    const double elapsed = measure_storm(*engine, storms[next++], work, held);
    nanoseconds += elapsed;
    state.SetIterationTime(elapsed * 1e-9);
  }
  engine.reset();

  std::size_t ran = 0;
  for (const storm& s : storms) {
    if (!s.every_answer_was_true()) {
      return fail(state, "a task ran twice, or cancel() did not tell the truth");
    }
    ran += s.ran();
  }
  if (w == workers::held && ran != 0) {
    return fail(state, "a queued task ran although it was cancelled");
  }
  const auto all = static_cast<double>(rounds * tasks);
  state.counters["ns_per_task"] =
      nanoseconds / static_cast<double>(state.iterations()) / static_cast<double>(tasks);
  state.counters["cancelled"] = 1 - static_cast<double>(ran) / all;
}

template <class Engine>
void add_storms(const options& o, const char* engine_name) {
  const std::int64_t rounds = o.chosen_size == size::test   ? 1
                              : o.chosen_size == size::base ? 20
                                                            : 100;
  for (const int threads : o.threads) {
    const auto add = [&](const char* family, workers w) {
      benchmark::RegisterBenchmark(
          benchmark_name(family, o, engine_name, threads).c_str(),
          [=](benchmark::State& state) { measure_storms<Engine>(state, threads, w); })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond)
          ->Iterations(rounds);
    };
    add("cancel_queued", workers::held);
    if (threads > 1) add("cancel_racing", workers::running);
  }
}

}  // namespace bench::spawning
