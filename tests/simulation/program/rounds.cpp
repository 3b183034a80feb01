// SPDX-License-Identifier: MIT OR Apache-2.0
// The random rounds of tests/stress on simulated threads, small: pools, callers, and random trees
// of joins, scopes, tasks, foreign waits and migrations. Each round must yield what a serial run
// does, run each node once, and keep the scope rule (promise 3), which a witness checks on every
// thread. One round is one program; it is repeated in several orders.
#include "../pools.hpp"

#include "../../stress/rounds.hpp"

#include <chrono>
#include <optional>
#include <random>

using namespace micropool_test;

namespace {

stress::round_plan small_plan(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  stress::round_plan plan;
  plan.seed = seed;
  plan.workers = random() % 4;
  plan.other_workers = random() % 2;
  plan.callers = 1 + random() % 2;
  plan.trees = 1;
  stress::shape& s = plan.trees_shape;
  s.nodes = 4u << (random() % 3);
  s.depth = static_cast<std::uint32_t>(2 + random() % 4);
  s.spin = 0;
  s.long_spin = 0;
  s.throw_percent = random() % 2 == 0 ? 0 : 8;
  s.sleep_percent = random() % 4 == 0 ? 20 : 0;
  s.awaited_percent = static_cast<unsigned>(random() % 5) * 25;
  s.foreign = random() % 4 != 0;
  s.two_pools = random() % 3 == 0;
  s.task_percent = random() % 3 == 0 ? 0 : static_cast<unsigned>(random() % 50);
  s.commons = static_cast<std::uint32_t>(random() % 2);
  s.stackful_percent = random() % 3 == 0 ? 50 : 0;
  s.handler_percent = random() % 4 == 0 ? 10 : 0;
  return plan;
}

simulation::result run_orders(const stress::round_plan& plan, std::uint64_t executions) {
  const bool by_priorities = plan.seed % 2 == 0;
  return simulation::explore(
      {.by = by_priorities ? simulation::strategy::priorities : simulation::strategy::random,
       .executions = executions,
       .first_seed = plan.seed,
       .changes = 5,
       .steps = 4'000},
      [&plan] {
        const stress::round_report report = stress::run_round(plan);
        for (const std::string& failure : report.failures)
          simulation::check(false, failure.c_str());
      });
}

// Calls `run` for the plans of 1, 2, ... so many times, or for MICROPOOL_SIM_SECONDS.
template <class Run>
void for_plans(std::size_t count, Run&& run) {
  using clock = std::chrono::steady_clock;
  const auto seconds = env_number("MICROPOOL_SIM_SECONDS");
  const auto end = clock::now() + std::chrono::seconds(seconds.value_or(0));
  const std::uint64_t first = env_number("MICROPOOL_TEST_SEED").value_or(1);
  const std::size_t n = scaled(count);
  for (std::uint64_t k = 0; seconds ? clock::now() < end : k < n; ++k) {
    if (!run(first + k)) return;
  }
}

}  // namespace

TEST_CASE("rounds: random programs yield what a serial run does, and keep the scope rule") {
  for_plans(60, [](std::uint64_t seed) {
    const stress::round_plan plan = small_plan(seed);
    const simulation::result r = run_orders(plan, 10);
    INFO(stress::describe(plan));
    INFO(r.account);
    CHECK(r.failure == "");
    return r.passed();
  });
}
