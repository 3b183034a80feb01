// SPDX-License-Identifier: MIT OR Apache-2.0
// Measures and checks the loops of engine.hpp, from a thread outside the engine, over 10^3 to 10^7
// elements; at size `large` up to 10^8, which takes 5 GB of memory.
//
// A short loop is run several times between two readings of the clock; p50_ns is the median of such
// batches, per run. What a run writes is spoilt before the batch, so that it cannot be of an
// earlier one.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <string>

#include "../../support/cpu_time.hpp"
#include "../../support/latency.hpp"
#include "engine.hpp"

namespace bench::loops {
namespace {

// The elements of one size, and what the loops have to make of them.
struct elements {
  explicit elements(std::size_t n) : a(n), b(n), to(n) {
    std::mt19937_64 random(n);
    std::generate(a.begin(), a.end(), std::ref(random));
    std::generate(b.begin(), b.end(), std::ref(random));
    wanted = a[n / 4 * 3];
    sum = std::accumulate(a.begin(), a.end(), number{0});
  }

  std::vector<number> a;
  std::vector<number> b;
  std::vector<number> to;
  number sum = 0;
  number wanted = 0;  // three quarters of the elements come before it
};

// Kept until another size is asked for, since all engines use them.
elements& shared_elements(std::size_t n) {
  static std::unique_ptr<elements> last;
  if (!last || last->a.size() != n) {
    last.reset();
    last = std::make_unique<elements>(n);
  }
  return *last;
}

// Runs `body` in batches. `before()` and `is_right()` are around each batch, outside the measured
// time.
template <class Before, class Body, class IsRight>
void measure(benchmark::State& state, std::size_t n, std::size_t runs, Before before, Body body,
             IsRight is_right) {
  const auto batch = [&] {
    for (std::size_t i = 0; i < runs; ++i) body(i);
  };
  // The first batch starts threads and faults pages in.
  before();
  batch();
  if (!is_right()) return fail(state, "wrong result in the warm-up runs");

  latency_samples samples(static_cast<std::size_t>(state.max_iterations));
  cpu_usage cpu;
  double seconds = 0;
  for (auto _ : state) {
    before();
    cpu.start();
    const auto begin = latency_clock::now();
    batch();
    const double elapsed = nanoseconds_since(begin);
    cpu.stop();
    state.SetIterationTime(elapsed * 1e-9);
    seconds += elapsed * 1e-9;
    samples.add(elapsed / static_cast<double>(runs));
    if (!is_right()) return fail(state, "wrong result");
  }
  state.counters["p50_ns"] = samples.quantile(0.5);
  state.counters["ns_per_element"] = samples.quantile(0.5) / static_cast<double>(n);
  state.counters["runs_per_batch"] = static_cast<double>(runs);
  state.counters["cores_used"] = cpu.seconds() / seconds;
}

constexpr std::size_t elements_per_batch = 100'000;
constexpr std::size_t runs_in(std::size_t elements_of_batch, std::size_t n) {
  return std::max<std::size_t>(1, elements_of_batch / n);
}

void measure_sum(benchmark::State& state, std::size_t n, chains& engine) {
  const elements& e = shared_elements(n);
  number sum = 0;
  // The sum of all runs, so that none of them may be left out.
  number sums = 0;
  const std::size_t runs = runs_in(elements_per_batch, n);
  measure(
      state, n, runs, [&] { sums = 0; }, [&](std::size_t) { sums += sum = engine.sum(e.a); },
      [&] { return sum == e.sum && sums == e.sum * runs; });
}

void measure_add(benchmark::State& state, std::size_t n, chains& engine) {
  elements& e = shared_elements(n);
  measure(
      state, n, runs_in(elements_per_batch, n), [&] { std::ranges::fill(e.to, 0); },
      [&](std::size_t) { engine.add(e.a, e.b, e.to); },
      [&] {
        for (std::size_t i = 0; i < n; ++i) {
          if (e.to[i] != e.a[i] + e.b[i]) return false;
        }
        return true;
      });
}

// Elements of its own for each run of a batch: where a loop branches on random elements, the branch
// predictor would learn those of a small loop by heart, which no program has to do with.
class elements_of_runs {
public:
  elements_of_runs(std::size_t n, std::size_t runs) : n_(n), all_(n * runs) {
    std::mt19937_64 random(n + 1);
    std::generate(all_.begin(), all_.end(), std::ref(random));
  }

  std::size_t runs() const { return all_.size() / n_; }
  output of_run(std::size_t i) { return output(all_).subspan(i * n_, n_); }

private:
  std::size_t n_;
  std::vector<number> all_;
};

std::vector<number> kept_of(input xs) {
  std::vector<number> kept;
  for (const number x : xs) {
    if (is_kept(mixed(x))) kept.push_back(mixed(x));
  }
  return kept;
}

// `collect` is given what to collect, and `into`, which stays the same in all runs.
template <class Collect>
void measure_collecting(benchmark::State& state, std::size_t n, Collect collect) {
  elements_of_runs e(n, runs_in(elements_per_batch, n));
  const std::vector<number> expected = kept_of(e.of_run(e.runs() - 1));
  std::vector<number> into;
  measure(
      state, n, e.runs(), [&] { into.clear(); }, [&](std::size_t i) { collect(e.of_run(i), into); },
      [&] { return into == expected; });
}

void measure_collect(benchmark::State& state, std::size_t n, chains& engine) {
  measure_collecting(state, n, [&](input xs, std::vector<number>& into) {
    into = {};  // giving the memory back is part of a new vector's price
    into = engine.collect(xs);
  });
}

void measure_collect_into(benchmark::State& state, std::size_t n, chains& engine) {
  measure_collecting(state, n,
                     [&](input xs, std::vector<number>& into) { engine.collect_into(xs, into); });
}

void measure_find_first(benchmark::State& state, std::size_t n, chains& engine) {
  const elements& e = shared_elements(n);
  const number* found = nullptr;
  measure(
      state, n, runs_in(elements_per_batch, n), [&] { found = nullptr; },
      [&](std::size_t) { found = engine.find_first(e.a, e.wanted); },
      [&] { return found == &e.a[n / 4 * 3]; });
}

void measure_sort(benchmark::State& state, std::size_t n, algorithms& engine) {
  elements_of_runs random(n, runs_in(elements_per_batch, n));
  elements_of_runs sorted = random;
  const auto sum = [](input xs) { return std::accumulate(xs.begin(), xs.end(), number{0}); };
  measure(
      state, n, sorted.runs(), [&] { sorted = random; },
      [&](std::size_t i) { engine.sort(sorted.of_run(i)); },
      [&] {
        for (std::size_t i = 0; i < sorted.runs(); ++i) {
          if (!std::ranges::is_sorted(sorted.of_run(i))) return false;
          if (sum(sorted.of_run(i)) != sum(random.of_run(i))) return false;
        }
        return true;
      });
}

void measure_scan(benchmark::State& state, std::size_t n, algorithms& engine) {
  elements& e = shared_elements(n);
  measure(
      state, n, runs_in(elements_per_batch, n), [&] { std::ranges::fill(e.to, 0); },
      [&](std::size_t) { engine.scan(e.a, e.to); },
      [&] {
        number sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
          if (e.to[i] != (sum += e.a[i])) return false;
        }
        return true;
      });
}

// One power of ten to another.
struct powers {
  int first, last;
  static constexpr powers of(size s) {
    if (s == size::test) return {3, 4};
    return {3, s == size::base ? 7 : 8};
  }
};

template <class Engine>
void add(const options& o, const char* family, const char* engine_name, int threads,
         std::unique_ptr<Engine> (*make)(int),
         void (*run)(benchmark::State&, std::size_t, Engine&)) {
  const powers p = powers::of(o.chosen_size);
  for (int power = p.first; power <= p.last; ++power) {
    if (power == 5) continue;  // says nothing that its neighbours do not
    const auto n = static_cast<std::size_t>(std::llround(std::pow(10.0, power)));
    const std::string sized = std::string(family) + "_1e" + std::to_string(power);
    benchmark::RegisterBenchmark(benchmark_name(sized, o, engine_name, threads).c_str(),
                                 [=](benchmark::State& state) { run(state, n, *make(threads)); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond)
        // There are many cases, and the long ones are a single run.
        ->MinTime(o.chosen_size == size::test ? 0.001 : 0.1);
  }
}

}  // namespace

void add_chains(const options& o, const char* engine_name, int threads, chains_maker make) {
  add(o, "sum", engine_name, threads, make, measure_sum);
  add(o, "add", engine_name, threads, make, measure_add);
  add(o, "collect", engine_name, threads, make, measure_collect);
  add(o, "collect_reused", engine_name, threads, make, measure_collect_into);
  add(o, "find_first", engine_name, threads, make, measure_find_first);
}

void add_algorithms(const options& o, const char* engine_name, int threads, algorithms_maker make) {
  add(o, "sort", engine_name, threads, make, measure_sort);
  add(o, "scan", engine_name, threads, make, measure_scan);
}

}  // namespace bench::loops
