// SPDX-License-Identifier: MIT OR Apache-2.0
// Times one workload on one engine: the definition and its check are shared, the engine is not.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "cpu_time.hpp"
#include "program.hpp"

namespace bench {

// What a workload type provides. One object per program serves all engines, one after another.
//
//   static constexpr const char* name;
//   explicit Workload(size);             chooses parameters, builds the input
//   using result = ...;
//   bool correct(const result&) const;   the check, never inside the timed region
//   double forks() const;                forks of one run, for the cost per fork
//   void prepare();                      restores the input before each run
template <class Workload>
concept workload = requires(Workload& w, const typename Workload::result& r) {
  { Workload::name } -> std::convertible_to<const char*>;
  { w.correct(r) } -> std::same_as<bool>;
  { w.forks() } -> std::convertible_to<double>;
  w.prepare();
};

template <workload Workload>
Workload& shared_workload(size s) {
  static const std::unique_ptr<Workload> only = std::make_unique<Workload>(s);
  return *only;
}

// Registers `run(host, workload)` for every thread count asked for.
//
// `Host` owns the engine's threads: it is built outside the timed region with the number of
// participants and torn down after it, so that no two engines hold threads at the same time.
template <workload Workload, class Host>
class engine {
public:
  using function = typename Workload::result (*)(Host&, Workload&);

  engine(int rank, const char* engine_name, function run)
      : registration_(rank, [engine_name, run](const options& o) { add(o, engine_name, run); }) {}

private:
  static void add(const options& o, const char* engine_name, function run) {
    for (const int threads : o.threads) {
      if (threads > 1 && !Host::parallel) continue;
      const std::string full = benchmark_name(Workload::name, o, engine_name, threads);
      benchmark::RegisterBenchmark(full.c_str(),
                                   [run, s = o.chosen_size, threads](benchmark::State& state) {
                                     measure(state, shared_workload<Workload>(s), run, threads);
                                   })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    }
  }

  static void measure(benchmark::State& state, Workload& work, function run, int threads) {
    using clock = std::chrono::steady_clock;
    Host host(threads);
    // The first run starts threads, faults pages in and fills caches of frames.
    work.prepare();
    if (!work.correct(run(host, work))) return fail(state, "wrong result in the warm-up run");

    double seconds = 0;
    cpu_usage cpu;
    for (auto _ : state) {
      work.prepare();
      cpu.start();
      const auto begin = clock::now();
      typename Workload::result answer = run(host, work);
      const double elapsed = std::chrono::duration<double>(clock::now() - begin).count();
      cpu.stop();
      benchmark::DoNotOptimize(answer);
      state.SetIterationTime(elapsed);
      seconds += elapsed;
      if (!work.correct(answer)) return fail(state, "wrong result");
    }
    const double forks = work.forks() * static_cast<double>(state.iterations());
    state.SetItemsProcessed(static_cast<std::int64_t>(forks));
    state.counters["forks"] = work.forks();
    state.counters["ns_per_fork"] = seconds * 1e9 / forks;
    state.counters["cores_used"] = cpu.seconds() / seconds;
  }

  registration registration_;
};

}  // namespace bench
