// SPDX-License-Identifier: MIT OR Apache-2.0
#include "rounds.hpp"

#include "commons.hpp"
#include "env.hpp"
#include "gate.hpp"
#include "run_tree.hpp"
#include "seed.hpp"
#include "watchdog.hpp"

#include <iterator>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

namespace stress {

round_plan random_plan(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto one_of = [&](const auto& list) { return list[random() % std::size(list)]; };
  constexpr std::size_t workers[] = {0, 1, 1, 2, 2, 3, 4, 8};
  constexpr std::size_t other_workers[] = {0, 0, 1, 2};
  constexpr std::size_t callers[] = {1, 1, 2, 3, 4};
  constexpr std::int64_t spins[] = {0, 0, 1'000, 20'000, 100'000, 2'000'000};
  round_plan plan;
  plan.seed = seed;
  plan.workers = one_of(workers);
  plan.other_workers = one_of(other_workers);
  plan.callers = one_of(callers);
  plan.trees = 1 + random() % 6;
  plan.idle_spin = std::chrono::nanoseconds(one_of(spins));
  plan.trees_shape.nodes = 1u << (3 + random() % 7);
  plan.trees_shape.depth = static_cast<std::uint32_t>(3 + random() % 10);
  plan.trees_shape.throw_percent = random() % 2 == 0 ? 0 : static_cast<unsigned>(random() % 8);
  plan.trees_shape.awaited_percent = static_cast<unsigned>(random() % 5) * 25;
  plan.trees_shape.sleep_percent = static_cast<unsigned>(random() % 3) * 4;
  plan.trees_shape.foreign = random() % 4 != 0;
  plan.trees_shape.two_pools = random() % 3 == 0;
  plan.trees_shape.task_percent = random() % 3 == 0 ? 0 : static_cast<unsigned>(random() % 50);
  plan.trees_shape.commons = static_cast<std::uint32_t>(random() % 4);
  plan.trees_shape.stackful_percent = random() % 2 == 0 ? 0 : static_cast<unsigned>(random() % 100);
  plan.trees_shape.handler_percent = random() % 2 == 0 ? 0 : 10;
  return plan;
}

std::string describe(const round_plan& plan) {
  return "round " + std::to_string(plan.seed) + " (" + std::to_string(plan.workers) + " and " +
         std::to_string(plan.other_workers) + " workers, idle_spin " +
         std::to_string(plan.idle_spin.count()) + " ns, " + std::to_string(plan.callers) +
         " callers, " + std::to_string(plan.trees) + " trees of " +
         std::to_string(plan.trees_shape.nodes) + " nodes each)";
}

round_report run_round(const round_plan& plan) {
  round_report report;
  std::mutex mutex;
  const auto fail = [&](std::string text) {
    const std::lock_guard lock(mutex);
    report.failures.push_back(describe(plan) + ": " + std::move(text));
  };
  // The records refer to the trees until they have been checked.
  std::vector<std::vector<tree>> trees(plan.callers);
  for (std::size_t c = 0; c < plan.callers; ++c) {
    for (std::size_t k = 0; k < plan.trees; ++k) {
      trees[c].push_back(make_tree(plan.seed + c * 1000 + k, plan.trees_shape));
    }
  }
  witness seen;
  loose_ends ends;
  std::optional<commons> shared(std::in_place, plan.seed + 1'000'000, plan.trees_shape);
  {
    micropool::thread_pool first({.num_threads = plan.workers, .idle_spin = plan.idle_spin});
    micropool::thread_pool second({.num_threads = plan.other_workers,
                                   .idle_spin = plan.idle_spin});
    foreign_thread outside;
    const surroundings around{{&first, &second}, outside, seen, *shared, ends};
    micropool_test::countdown start(plan.callers);
    std::vector<std::thread> callers;
    for (std::size_t c = 0; c < plan.callers; ++c) {
      callers.emplace_back([&, c] {
        start.arrive_and_wait();
        for (const tree& t : trees[c]) {
          if (auto wrong = run_tree(t, around)) {
            fail("tree " + std::to_string(t.seed) + ": " + *wrong);
          }
        }
      });
    }
    for (std::thread& t : callers) t.join();
  }
  if (auto wrong = shared->wrong_counts()) fail(*wrong);
  if (ends.spawned != ends.ran + ends.cancelled) {
    fail(std::to_string(ends.spawned) + " loose tasks, of which " + std::to_string(ends.ran) +
         " ran and " + std::to_string(ends.cancelled) + " were cancelled");
  }
  if (auto broken = seen.violation()) fail("the scope rule is broken: " + *broken);
  report.records = seen.size();
  report.helped = seen.helped();
  // The records refer to its trees until here.
  shared.reset();
  if (live_objects() != 0) fail(std::to_string(live_objects()) + " objects still alive");
  return report;
}

void for_rounds(const char* purpose, std::size_t count, void (*round)(std::uint64_t seed)) {
  const auto seconds = micropool_test::env_number("MICROPOOL_TEST_SECONDS");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds.value_or(0));
  auto seeds = micropool_test::seeded_engine(purpose);
  for (std::size_t k = 0; seconds ? std::chrono::steady_clock::now() < end : k < count; ++k) {
    round(seeds());
  }
}

}  // namespace stress
