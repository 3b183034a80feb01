// SPDX-License-Identifier: MIT OR Apache-2.0
// Participants that are puppets: the test writes their work units and pushes their jobs.
#pragma once

#include "sched/find_work.hpp"

#include "catch.hpp"
#include "some_task.hpp"

#include <cstdint>

namespace micropool_test {

struct plain_job : micropool::detail::job {
  plain_job() noexcept : job([](job&, micropool::detail::participant&) noexcept {}) {}
};

// A waiter and two others of one pool, all in the same root.
struct stage {
  using participant_state = micropool::detail::participant_state;
  using root_tag = micropool::detail::root_tag;

  stage()
      : waiter(pool->participants.acquire(*pool, false)),
        thief(pool->participants.acquire(*pool, true)),
        second(pool->participants.acquire(*pool, true)) {
    for (participant_state* p : {&waiter, &thief, &second}) p->working_for.store(root_tag(r));
  }
  ~stage() {
    for (participant_state* p : {&waiter, &thief, &second}) p->working_for.store(root_tag());
  }

  static void works_on(participant_state& p, micropool::detail::work_origin s,
                       participant_state::index base) {
    p.base.store(base);
    p.current.store(s);
  }

  // Counted as ended as well: the pool would wait for a task that no thread runs.
  void queue(some_task& t, std::uint64_t producer = 0) {
    REQUIRE(pool->background.push(t, producer, false));
    pool->tasks_ended_elsewhere.fetch_add(1);
  }

  const micropool::detail::root r{};
  some_pool pool;
  participant_state& waiter;
  participant_state& thief;
  participant_state& second;
};

}  // namespace micropool_test
