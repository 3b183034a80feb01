// SPDX-License-Identifier: MIT OR Apache-2.0
// The loop of docs/examples/frame_loop: how long frames of a simulation take at 60 Hz, alone and while
// the same threads index /usr/share/doc, on every engine that the example is built with.
#include "../../support/program.hpp"

#include "background_index.hpp"
#include "engine.hpp"
#include "options.hpp"
#include "phase.hpp"
#include "simulation.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>

namespace bench {
namespace {

namespace fl = frame_loop;

fl::options options_for(const std::string& engine, int threads, size s) {
  fl::options chosen;
  chosen.engine = engine;
  chosen.threads = static_cast<std::size_t>(threads);
  chosen.frames = s == size::test ? 5 : s == size::base ? 300 : 3000;
  chosen.particles = s == size::test ? 1000 : 20'000;
  return chosen;
}

// What every engine has to end in: the same frames, not paced, on one thread.
std::uint64_t expected_checksum(const fl::options& chosen) {
  const auto serial = fl::make_engine("serial", 1);
  fl::simulation s(chosen.particles);
  for (std::size_t i = 0; i < chosen.frames; ++i) s.advance(*serial);
  serial->stop();
  return s.checksum();
}

void measure(benchmark::State& state, const fl::options& chosen, bool beside_index) try {
  const std::uint64_t expected = expected_checksum(chosen);
  const auto on = fl::make_engine(chosen.engine, chosen.threads);
  std::optional<fl::background_index> index;
  if (beside_index) index.emplace(*on, chosen.path);
  for (auto _ : state) {
    if (index) index->start();
    const auto begin = std::chrono::steady_clock::now();
    const fl::phase p = fl::run_phase("", chosen, *on);
    state.SetIterationTime(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    if (index) index->stop();
    if (p.checksum != expected) return fail(state, "the simulation ended in another state");
    state.counters["p50_ms"] = p.times.percentile(0.5).count();
    state.counters["p99_ms"] = p.times.percentile(0.99).count();
    state.counters["max_ms"] = p.times.max().count();
    state.counters["missed"] = static_cast<double>(p.times.missed());
    state.counters["megabytes_indexed"] =
        index ? static_cast<double>(index->result().sum.text_bytes) * 1e-6 : 0.0;
  }
} catch (const std::exception& e) {
  fail(state, e.what());
}

bool is_built(const std::string& engine) {
  try {
    fl::make_engine(engine, 1)->stop();
    return true;
  } catch (const fl::no_such_engine&) {
    return false;
  }
}

void add(const options& o, const std::string& engine, const std::string& shown_as) {
  if (!is_built(engine)) return;
  for (const int threads : o.threads) {
    if ((threads == 1) != (engine == "serial")) continue;
    for (const bool beside_index : {false, true}) {
      const auto* family = beside_index ? "frame_loop_beside_index" : "frame_loop_alone";
      benchmark::RegisterBenchmark(
          benchmark_name(family, o, shown_as, threads).c_str(),
          [=, s = o.chosen_size](benchmark::State& state) {
            measure(state, options_for(engine, threads, s), beside_index);
          })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond)
          ->Iterations(1);
    }
  }
}

const registration loops(rank::micropool, [](const options& o) {
  add(o, "micropool", "micropool");
  add(o, "tbb", "tbb");
  add(o, "openmp", "openmp");
  add(o, "serial", "serial");
});

}  // namespace
}  // namespace bench
