// SPDX-License-Identifier: MIT OR Apache-2.0
// A push against workers that fall asleep (lib/sched/sleep.cpp, S1 to S5 of its README). The
// pusher's own job never ends, so it takes nothing back unless the test says so; a worker that has
// found a job never comes back either. A worker that sleeps beside a job is reported as a deadlock.
#include "stage.hpp"

#include <array>
#include <memory>

using namespace micropool_test;
using simulation::strategy;

namespace {

struct pusher_and_workers : stage {
  detail::participant_state& pusher = worker();
  std::array<detail::participant_state*, 2> workers{&worker(), &worker()};
  std::array<some_job, 2> jobs;

  // The first job is taken back before the second is pushed, unless it was stolen: in between the
  // hint may have been lowered.
  void push_again() {
    push(pusher, jobs[0]);
    if (pusher.jobs.pop() != nullptr) push(pusher, jobs[1]);
  }
  void push_both() {
    push(pusher, jobs[0]);
    push(pusher, jobs[1]);
  }
  void find(std::size_t worker) { find_as_worker(*workers[worker]); }

  // The counts are right when nothing moves any more.
  void check_counts() {
    simulation::check((*this)->idle.load() == 0, "no worker counts as searching or sleeping");
  }
};

}  // namespace

TEST_CASE("sleep: a push and a worker that falls asleep, every order") {
  simulate_kernels(
      {.by = strategy::exhaustive, .executions = 1'000'000, .preemptions = preemptions()}, [] {
    const auto s = std::make_unique<pusher_and_workers>();
    simulation::threads([&] { push(s->pusher, s->jobs[0]); }, [&] { s->find(0); });
    s->check_counts();
  });
}

TEST_CASE("sleep: a push, a job taken back, another push, and a worker that falls asleep") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 20'000, .changes = 4, .steps = 250}, [] {
    const auto s = std::make_unique<pusher_and_workers>();
    simulation::threads([&] { s->push_again(); }, [&] { s->find(0); });
    s->check_counts();
  });
}

TEST_CASE("sleep: two pushes, and two workers of which each takes one job") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 20'000, .changes = 3, .steps = 450}, [] {
    const auto s = std::make_unique<pusher_and_workers>();
    simulation::threads([&] { s->push_both(); }, [&] { s->find(0); }, [&] { s->find(1); });
    s->check_counts();
  });
}

// The first that is woken may wake the two others (S5b).
TEST_CASE("sleep: three pushes, and three workers of which each takes one job") {
  simulate({.by = strategy::priorities, .executions = 5'000, .changes = 3, .steps = 700}, [] {
    const auto s = std::make_unique<pusher_and_workers>();
    detail::participant_state& third = s->worker();
    some_job last;
    (*s)->workers = {&s->pusher, s->workers[0], s->workers[1], &third};
    simulation::threads([&] { s->push_both(), push(s->pusher, last); }, [&] { s->find(0); },
                        [&] { s->find(1); }, [&] { find_as_worker(third); });
    s->check_counts();
    simulation::check(!(*s)->participants.any_asleep(0, [](auto&) { return true; }),
                      "none is marked as asleep");
    (*s)->workers.clear();
  });
}

// An unpark that no park has waited for: the latch of an earlier wait, for example.
TEST_CASE("sleep: a worker that an old token wakes does not run ahead of its waker") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 20'000, .changes = 3, .steps = 300}, [] {
    const auto s = std::make_unique<pusher_and_workers>();
    simulation::threads(
        [&] { push(s->pusher, s->jobs[0]); }, [&] { s->workers[0]->own_parker.unpark(); },
        [&] {
          s->find(0);
          const std::uint64_t idle = (*s)->idle.load();
          simulation::check(detail::pool_state::searching(idle) == 0, "counted out once");
        });
    s->check_counts();
  });
}

// The two jobs are there when the worker falls asleep, and the other thread is a blocked caller: it
// is no searcher, so none looks at what it has left.
TEST_CASE("sleep: a last look continues when it loses a race") {
  simulate_kernels(
      {.by = strategy::priorities, .executions = 20'000, .changes = 3, .steps = 300}, [] {
    const detail::root r;
    const auto s = std::make_unique<pusher_and_workers>();
    s->pusher.working_for.store(detail::root_tag(r));
    detail::participant_state& caller = s->caller(r);
    simulation::threads([&] { s->push_both(); }, [&] { s->find(0); },
                        [&] {
                          detail::wait_turns turns;
                          detail::find_own_work(caller, {.whole_root = &r}, turns);
                        });
    s->check_counts();
  });
}
