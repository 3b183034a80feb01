// SPDX-License-Identifier: MIT OR Apache-2.0
// A blocked caller that falls asleep: against a push of what it may take, and against the latch
// that it waits for (lib/sched/sleep.cpp, S1 to S5 of its README). A thread that has taken a job
// never comes back.
#include "stage.hpp"

#include <array>
#include <memory>

using namespace micropool_test;
using simulation::strategy;

namespace {

// The caller owns the root to which the pusher's jobs belong.
struct pusher_and_caller {
  const detail::root r{};
  stage pool;
  detail::participant_state& pusher = pool.worker();
  detail::participant_state& worker = pool.worker();
  detail::participant_state& caller = pool.caller(r);
  std::array<some_job, 2> jobs;
  detail::latch done;

  pusher_and_caller() { pusher.working_for.store(detail::root_tag(r)); }

  void push_again() {
    push(pusher, jobs[0]);
    if (pusher.jobs.pop() != nullptr) push(pusher, jobs[1]);
  }
  void find() {
    simulation::check(bool(find_as_waiter(caller, done, {.whole_root = &r})), "found a job");
  }
  void set_latch() {
    if (void* const sleeper = done.set()) detail::wake_waiter(sleeper);
  }
  void check_counts() {
    simulation::check(pool->sleeping_waiters.load() == 0, "no waiter counts as sleeping");
    simulation::check(pool->idle.load() == 0, "no worker counts as searching or sleeping");
  }
};

}  // namespace

TEST_CASE("waiting: a push and a caller that falls asleep, every order") {
  simulate_kernels(
      {.by = strategy::exhaustive, .executions = 1'000'000, .preemptions = preemptions()}, [] {
    const auto s = std::make_unique<pusher_and_caller>();
    simulation::threads([&] { push(s->pusher, s->jobs[0]); }, [&] { s->find(); });
    s->check_counts();
  });
}

TEST_CASE("waiting: a push, a job taken back, another push, and a caller that falls asleep") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 20'000, .changes = 4, .steps = 250}, [] {
    const auto s = std::make_unique<pusher_and_caller>();
    simulation::threads([&] { s->push_again(); }, [&] { s->find(); });
    s->check_counts();
  });
}

// The pusher relies on the worker while that searches, so the worker looks for the caller (S5).
TEST_CASE("waiting: two pushes, a worker that takes one job, and a caller that falls asleep") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 20'000, .changes = 3, .steps = 400}, [] {
    const auto s = std::make_unique<pusher_and_caller>();
    simulation::threads([&] { push(s->pusher, s->jobs[0]), push(s->pusher, s->jobs[1]); },
                        [&] { find_as_worker(s->worker); }, [&] { s->find(); });
    s->check_counts();
  });
}

TEST_CASE("waiting: a latch that is set while its waiter falls asleep, every order") {
  simulate_kernels(
      {.by = strategy::exhaustive, .executions = 1'000'000, .preemptions = preemptions()}, [] {
    const auto s = std::make_unique<pusher_and_caller>();
    simulation::threads([&] { s->set_latch(); },
                        [&] {
                          const auto f = find_as_waiter(s->caller, s->done, {.whole_root = &s->r});
                          simulation::check(!f, "there is no job");
                        });
    s->check_counts();
  });
}

// The push may find the caller asleep and the latch may be set at the same time: each unparks it,
// and one of the two tokens is left to the next sleep.
TEST_CASE("waiting: a latch, a push, and a caller that sleeps twice") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 20'000, .changes = 3, .steps = 400}, [] {
    const auto s = std::make_unique<pusher_and_caller>();
    detail::latch second;
    simulation::threads([&] { push(s->pusher, s->jobs[0]); }, [&] { s->set_latch(); },
                        [&] {
                          const detail::wait_filter all{.whole_root = &s->r};
                          const auto first = find_as_waiter(s->caller, s->done, all);
                          if (!first) find_as_waiter(s->caller, second, all);
                        });
    s->check_counts();
  });
}
