// SPDX-License-Identifier: MIT OR Apache-2.0
// Leapfrogging: a blocked thread follows the steal links, and may take only what descends from its
// wait (lib/sched/leapfrog.cpp, run_job.hpp, H1 to H3 of lib/sched/README.md). The victim begins
// and ends work units meanwhile. Each job knows whether it descends from the wait.
#include "stage.hpp"

#include <array>
#include <memory>
#include <optional>

using namespace micropool_test;
using simulation::strategy;

namespace {

struct labelled : some_job {
  bool descends = false;
};

// X waits for the job at index 0 of its own deque, which T has stolen; all is one root's.
struct waiter_and_thief {
  const detail::root r{};
  stage pool;
  detail::participant_state& x = pool.worker();
  detail::participant_state& t = pool.worker();
  detail::participant_state& u = pool.worker();
  some_job stolen_by_t;
  std::array<labelled, 4> jobs;
  std::size_t used = 0;

  waiter_and_thief() {
    for (detail::participant_state* p : {&x, &t, &u}) {
      p->working_for.store(detail::root_tag(r));
      p->reserve(8);
    }
    x.jobs.push(&stolen_by_t);
    static_cast<void>(x.jobs.try_take(x.jobs.peek_oldest()));
  }

  // What T finds: the job that X waits for, or one that has nothing to do with it.
  detail::found_work of_wait() { return found(detail::work_origin::stolen(x.id, 0)); }
  detail::found_work of_stranger() { return found(detail::work_origin::stolen(u.id, 40)); }

  void push(detail::participant_state& p, bool descends) {
    labelled& j = jobs[used++];
    j.descends = descends;
    p.push(j);
  }
  // X takes what it may, and nothing else.
  void look() {
    detail::wait_turns turns;
    const detail::found_work f = detail::find_own_work(x, {.from = 0}, turns);
    if (f) simulation::check(static_cast<labelled*>(f.work)->descends, "it descends from the wait");
    simulation::note(f ? 1 : 0);
  }

private:
  detail::found_work found(detail::work_origin o) {
    return {&stolen_by_t, o, &r, detail::float_environment::here(), &*pool};
  }
};

simulation::options many_orders() {
  return {.by = strategy::priorities, .executions = 8'000, .changes = 3, .steps = 250};
}

const outcomes takes_it_or_not{{0}, {1}};

}  // namespace

TEST_CASE("helping: a thief that ends its work unit and begins a stranger's") {
  const auto r = simulate(many_orders(), [] {
    const auto s = std::make_unique<waiter_and_thief>();
    detail::begin_work(s->t, s->of_wait());
    s->push(s->t, true);
    simulation::threads([&] { s->look(); },
                        [&] {
                          s->t.jobs.pop();
                          detail::begin_work(s->t, s->of_stranger());
                          s->push(s->t, false);
                        });
  });
  CHECK(outcomes_of(r) == takes_it_or_not);
}

TEST_CASE("helping: a thief that ends a stranger's work unit and begins one of the wait") {
  const auto r = simulate(many_orders(), [] {
    const auto s = std::make_unique<waiter_and_thief>();
    detail::begin_work(s->t, s->of_stranger());
    s->push(s->t, false);
    simulation::threads([&] { s->look(); },
                        [&] {
                          s->t.jobs.pop();
                          detail::begin_work(s->t, s->of_wait());
                          s->push(s->t, true);
                        });
  });
  CHECK(outcomes_of(r) == takes_it_or_not);
}

// Below the work unit of the wait lies a stranger's job.
TEST_CASE("helping: a work unit of the wait inside a stranger's") {
  const auto r = simulate(many_orders(), [] {
    const auto s = std::make_unique<waiter_and_thief>();
    detail::begin_work(s->t, s->of_stranger());
    s->push(s->t, false);
    simulation::threads([&] { s->look(); },
                        [&] {
                          const detail::nested_work inner(s->t, s->of_wait());
                          static_cast<void>(s->used);
                        });
  });
  CHECK(outcomes_of(r) == outcomes{{0}});
}

// The name of the inner work unit comes back, with the stranger's base in between.
TEST_CASE("helping: two work units of one name inside a stranger's") {
  const auto r = simulate(many_orders(), [] {
    const auto s = std::make_unique<waiter_and_thief>();
    detail::begin_work(s->t, s->of_stranger());
    s->push(s->t, false);
    simulation::threads([&] { s->look(); },
                        [&] {
                          for (int i = 0; i < 2; ++i)
                            const detail::nested_work inner(s->t, s->of_wait());
                        });
  });
  CHECK(outcomes_of(r) == outcomes{{0}});
}

TEST_CASE("helping: what lies above a stranger's job in a work unit of the wait is taken") {
  const auto r = simulate(many_orders(), [] {
    const auto s = std::make_unique<waiter_and_thief>();
    detail::begin_work(s->t, s->of_stranger());
    simulation::threads([&] { s->look(); },
                        [&] {
                          const detail::nested_work inner(s->t, s->of_wait());
                          s->push(s->t, true);
                          s->t.jobs.pop();
                        });
  });
  CHECK(outcomes_of(r) == takes_it_or_not);
}

// A second thief: the chain leads through T, which has moved on to a stranger's work unit.
TEST_CASE("helping: a chain through a thief that moves on") {
  const auto r = simulate(many_orders(), [] {
    const auto s = std::make_unique<waiter_and_thief>();
    detail::begin_work(s->t, s->of_stranger());
    s->push(s->t, false);
    simulation::threads([&] { s->look(); },
                        [&] {
                          const auto seen = s->t.jobs.peek_oldest();
                          if (!s->t.jobs.try_take(seen)) return;
                          detail::begin_work(
                              s->u, {seen.element, detail::work_origin::stolen(s->t.id, seen.at),
                                     &s->r, detail::float_environment::here(), &*s->pool});
                          s->push(s->u, false);
                        },
                        [&] {
                          if (s->t.jobs.pop() != nullptr) return;
                          detail::begin_work(s->t, s->of_wait());
                        });
  });
  CHECK(outcomes_of(r) == outcomes{{0}});
}

// The root of a deque is read before the claim: the victim may begin another work unit afterwards.
TEST_CASE("helping: a stolen job has the root that its victim worked for") {
  simulate(many_orders(), [] {
    const auto s = std::make_unique<waiter_and_thief>();
    const detail::root other;
    s->push(s->t, true);
    simulation::threads(
        [&] {
          const detail::found_work f = detail::find_any_work(s->x);
          if (f) simulation::check(f.belongs_to == &s->r, "the root of the push");
        },
        [&] {
          if (s->t.jobs.pop() != nullptr) return;
          detail::begin_work(s->t, {&s->stolen_by_t, detail::work_origin(), &other,
                                    detail::float_environment::here(), &*s->pool});
        });
  });
}
