// SPDX-License-Identifier: MIT OR Apache-2.0
// A spawned task against workers that fall asleep, with the places of background_limit (S4b of
// lib/sched/README.md).
#include "stage.hpp"

#include <micropool/detail/sched/background_task.hpp>

#include <memory>

using namespace micropool_test;
using simulation::strategy;

namespace {

struct spawner_and_workers : stage {
  using stage::stage;
  idle_task first{**this}, second{**this};
  detail::participant_state& one = worker();
  detail::participant_state& two = worker();

  void spawn(idle_task& t) {
    (*this)->tasks_ended_elsewhere.fetch_add(1);
    detail::spawn(t);
  }
  // A joiner that starts the task in place.
  bool take(idle_task& t) { return (*this)->background.remove(t); }
  void find(detail::participant_state& w) {
    const detail::found_work f = find_as_worker(w);
    simulation::check(f.work == &first || f.work == &second, "a task");
  }
};

micropool::pool_options one_place() { return {.num_threads = 2, .background_limit = 1}; }

}  // namespace

TEST_CASE("spawned: a spawn and a worker that falls asleep, every order") {
  simulate_kernels(
      {.by = strategy::exhaustive, .executions = 1'000'000, .preemptions = preemptions()}, [] {
    const auto s = std::make_unique<spawner_and_workers>();
    simulation::threads([&] { s->spawn(s->first); }, [&] { s->find(s->one); });
  });
}

TEST_CASE("spawned: two spawns, and two workers of which each takes one task") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 10'000, .changes = 3, .steps = 500}, [] {
    const auto s = std::make_unique<spawner_and_workers>();
    simulation::threads([&] { s->spawn(s->first), s->spawn(s->second); }, [&] { s->find(s->one); },
                        [&] { s->find(s->two); });
  });
}

// The worker had found nothing when the first task was spawned, and counted as searching, so it was
// not woken. It takes the only place for its last look, but a joiner has taken the task meanwhile.
// The spawner of the second task finds the place taken and wakes no worker, so the holder looks
// again (S4b).
TEST_CASE("spawned: a worker that gives its place back looks again") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 20'000, .changes = 4, .steps = 300}, [] {
    const auto s = std::make_unique<spawner_and_workers>(one_place());
    detail::start_searching(**s);
    s->spawn(s->first);
    simulation::threads(
        [&] {
          if (s->take(s->first)) s->spawn(s->second);
        },
        [&] {
          while (!detail::sleep_as_worker(s->one)) {
          }
          detail::stop_searching(s->one);
        });
  });
}

// The first worker gives its place back as it does at the end of a task, and finds nothing else.
TEST_CASE("spawned: what was spawned while the places were taken is found when one is free") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 10'000, .changes = 3, .steps = 500}, [] {
    const auto s = std::make_unique<spawner_and_workers>(one_place());
    simulation::threads([&] { s->spawn(s->first), s->spawn(s->second); },
                        [&] {
                          s->find(s->one);
                          (*s)->end_background();
                          s->find(s->one);
                        });
  });
}
