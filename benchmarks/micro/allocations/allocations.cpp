// SPDX-License-Identifier: MIT OR Apache-2.0
// Calls of operator new per operation once everything is warm: zero is what the library promises.
// The times of this program are not representative, since it replaces operator new.
#include <atomic>
#include <cstdint>

#include "../../support/allocation_count.hpp"
#include "../../support/host_micropool.hpp"
#include "../../support/latency.hpp"
#include "../../support/program.hpp"

namespace bench {
namespace {

namespace mp = micropool;

constexpr std::int64_t operations = 1000;

using counter = std::atomic<std::int64_t>;

mp::task<> one(counter& runs) {
  runs.fetch_add(1, std::memory_order_relaxed);
  co_return;
}

mp::task<> awaited_joins(counter& runs) {
  for (std::int64_t i = 0; i < operations; ++i) co_await mp::join(one(runs), one(runs));
}

mp::task<> awaited_scope_of_tasks(counter& runs) {
  co_await mp::scope([&runs](mp::scope_ref s) -> mp::task<> {
    for (std::int64_t i = 0; i < operations; ++i) s.fork(one(runs));
    co_return;
  });
}

void blocking_joins(micropool_host& host, counter& runs) {
  const auto branch = [&runs] { runs.fetch_add(1, std::memory_order_relaxed); };
  host.pool.install([&] {
    for (std::int64_t i = 0; i < operations; ++i) mp::join(branch, branch);
  });
}

void blocking_scope(micropool_host& host, counter& runs) {
  host.pool.scope([&runs](mp::scope_ref s) {
    for (std::int64_t i = 0; i < operations; ++i) {
      s.fork([&runs] { runs.fetch_add(1, std::memory_order_relaxed); });
    }
  });
}

void sync_waits(micropool_host& host, counter& runs) {
  for (std::int64_t i = 0; i < operations; ++i) host.pool.sync_wait(one(runs));
}

// Runs `body` until caches are full, then counts. `branches` is what each operation must run.
template <class Body>
void measure(benchmark::State& state, int threads, std::int64_t branches, Body body) {
  const std::uint64_t before_pool = allocations();
  micropool_host host(threads);
  if (allocations() == before_pool) return fail(state, "operator new is not being counted");
  counter runs{0};
  for (int i = 0; i < 20; ++i) body(host, runs);
  runs.store(0);

  std::uint64_t allocated = 0;
  for (auto _ : state) {
    const auto begin = latency_clock::now();
    const std::uint64_t before = allocations();
    body(host, runs);
    allocated += allocations() - before;
    state.SetIterationTime(nanoseconds_since(begin) * 1e-9);
  }
  const auto total = static_cast<std::int64_t>(state.iterations()) * operations;
  if (runs.load() != total * branches) return fail(state, "a branch was lost or ran twice");
  state.counters["allocations_per_op"] =
      static_cast<double>(allocated) / static_cast<double>(total);
}

const registration allocation_cases(rank::micropool, [](const options& o) {
  const std::int64_t iterations = o.chosen_size == size::test ? 20 : 500;
  for (const int threads : o.threads) {
    const auto add = [&](const char* family, const char* engine, std::int64_t branches, auto body) {
      benchmark::RegisterBenchmark(
          benchmark_name(family, o, engine, threads).c_str(),
          [=](benchmark::State& state) { measure(state, threads, branches, body); })
          ->UseManualTime()
          ->Unit(benchmark::kMicrosecond)
          ->Iterations(iterations);
    };
    add("allocations_join", "micropool_blocking", 2, blocking_joins);
    add("allocations_join", "micropool_awaited", 2,
        [](micropool_host& host, counter& runs) { host.pool.sync_wait(awaited_joins(runs)); });
    add("allocations_scope_child", "micropool_blocking", 1, blocking_scope);
    add("allocations_scope_child", "micropool_awaited", 1, [](micropool_host& host, counter& runs) {
      host.pool.sync_wait(awaited_scope_of_tasks(runs));
    });
    add("allocations_sync_wait", "micropool_awaited", 1, sync_waits);
  }
});

}  // namespace
}  // namespace bench
