// SPDX-License-Identifier: MIT OR Apache-2.0
// Whose job a blocked participant may take, case by case. The participants are puppets: the test
// writes their stints and pushes their jobs.
#include "sched/find_work.hpp"

#include "catch.hpp"
#include "some_task.hpp"

#include <array>
#include <cstddef>

using namespace micropool::detail;

namespace {

struct plain_job : job {
  plain_job() noexcept : job([](job&, participant&) noexcept {}) {}
};

// A waiter and two others of one pool, all in the same root.
struct stage {
  stage()
      : waiter(pool->participants.acquire(*pool, false)),
        thief(pool->participants.acquire(*pool, true)),
        second(pool->participants.acquire(*pool, true)) {
    for (participant_state* p : {&waiter, &thief, &second}) p->working_for.store(root_tag(r));
  }
  ~stage() {
    for (participant_state* p : {&waiter, &thief, &second}) p->working_for.store(root_tag());
  }

  static void works_on(participant_state& p, stint s, participant::index base) {
    p.base.store(base);
    p.current.store(s);
  }

  // Counted as ended as well: the pool would wait for a task that nobody runs.
  void queue(micropool_test::some_task& t) {
    REQUIRE(pool->background.push(t, 0, false));
    pool->tasks_ended_elsewhere.fetch_add(1);
  }

  const root r{};
  micropool_test::some_pool pool;
  participant_state& waiter;
  participant_state& thief;
  participant_state& second;
};

job* found(participant_state& waiter, const wait_filter& filter) {
  return find_own_work(waiter, filter).work;
}

}  // namespace

TEST_CASE("a waiter takes its own jobs at its base and above, the newest first, and none below") {
  stage s;
  std::array<plain_job, 3> jobs;
  for (auto& j : jobs) s.waiter.jobs.push(&j);
  REQUIRE(found(s.waiter, {.base = 1}) == &jobs[2]);
  REQUIRE(found(s.waiter, {.base = 1}) == &jobs[1]);
  REQUIRE(found(s.waiter, {.base = 1}) == nullptr);
  REQUIRE(found(s.waiter, {.base = 0}) == &jobs[0]);
}

TEST_CASE("a waiter takes from whoever stole from it at its base or above") {
  stage s;
  plain_job j;
  for (const participant::index stolen : {4, 5, 9}) {
    stage::works_on(s.thief, stint::stolen(s.waiter.id, stolen), s.thief.jobs.bottom());
    s.thief.jobs.push(&j);
    const found_work f = find_own_work(s.waiter, {.base = 4});
    REQUIRE(f.work == &j);
    REQUIRE(f.origin == stint::stolen(s.thief.id, s.thief.jobs.bottom() - 1));
    REQUIRE(f.belongs_to == &s.r);
    REQUIRE(f.pool == &*s.pool);
  }
}

TEST_CASE("a waiter leaves alone whoever stole from it below its base") {
  stage s;
  plain_job j;
  stage::works_on(s.thief, stint::stolen(s.waiter.id, 3), 0);
  s.thief.jobs.push(&j);
  REQUIRE(found(s.waiter, {.base = 4}) == nullptr);
  REQUIRE(found(s.waiter, {.base = 3}) == &j);
}

TEST_CASE("a waiter leaves alone who works on nothing that was taken from anybody") {
  stage s;
  plain_job j;
  s.thief.jobs.push(&j);
  REQUIRE(found(s.waiter, {.base = 0}) == nullptr);
}

TEST_CASE("a waiter leaves alone what a thief had in its deque before it stole") {
  stage s;
  plain_job j;
  s.thief.jobs.push(&j);
  stage::works_on(s.thief, stint::stolen(s.waiter.id, 4), s.thief.jobs.bottom());
  REQUIRE(found(s.waiter, {.base = 4}) == nullptr);
}

TEST_CASE("a waiter follows a chain of thefts") {
  stage s;
  plain_job j;
  stage::works_on(s.thief, stint::stolen(s.waiter.id, 6), 10);
  stage::works_on(s.second, stint::stolen(s.thief.id, 10), 0);
  s.second.jobs.push(&j);
  REQUIRE(found(s.waiter, {.base = 7}) == nullptr);
  REQUIRE(found(s.waiter, {.base = 6}) == &j);
}

TEST_CASE("a chain is cut where a thief had pushed the stolen job before its present work") {
  stage s;
  plain_job j;
  stage::works_on(s.thief, stint::stolen(s.waiter.id, 6), 11);
  stage::works_on(s.second, stint::stolen(s.thief.id, 10), 0);
  s.second.jobs.push(&j);
  REQUIRE(found(s.waiter, {.base = 6}) == nullptr);
}

TEST_CASE("a chain ends at work from an inbox: that of the waiter's own call or a stranger's") {
  stage s;
  blocked_call own(*s.pool, s.r);
  blocked_call other(*s.pool, s.r);
  plain_job j;
  stage::works_on(s.thief, stint::of_inbox(own.home), 10);
  stage::works_on(s.second, stint::stolen(s.thief.id, 10), 0);
  s.second.jobs.push(&j);
  REQUIRE(found(s.waiter, {.base = 0}) == nullptr);
  REQUIRE(found(s.waiter, {.base = 0, .inboxes = &other}) == nullptr);
  REQUIRE(found(s.waiter, {.base = 0, .inboxes = &own}) == &j);
}

TEST_CASE("two thieves that seem to have stolen from each other do not hang a waiter") {
  stage s;
  plain_job j;
  stage::works_on(s.thief, stint::stolen(s.second.id, 5), 0);
  stage::works_on(s.second, stint::stolen(s.thief.id, 5), 0);
  s.second.jobs.push(&j);
  REQUIRE(found(s.waiter, {.base = 0}) == nullptr);
}

TEST_CASE("a waiter takes what is ready in the inboxes of its own call, and of no other") {
  stage s;
  blocked_call own(*s.pool, s.r);
  blocked_call other(*s.pool, s.r);
  plain_job a, b;
  s.pool->ready.push(other.home, a);
  REQUIRE(found(s.waiter, {.base = 0, .inboxes = &own}) == nullptr);
  s.pool->ready.push(own.home, b);
  const found_work f = find_own_work(s.waiter, {.base = 0, .inboxes = &own});
  REQUIRE(f.work == &b);
  REQUIRE(f.origin.is_from(own.home));
  REQUIRE(found(s.waiter, {.base = 0}) == nullptr);
  REQUIRE(found(s.waiter, {.base = 0, .inboxes = &other}) == &a);
}

TEST_CASE("a waiter looks into the inboxes of its call on other pools") {
  stage s;
  const micropool_test::some_pool elsewhere;
  blocked_call call(*s.pool, s.r);
  inbox there(*elsewhere, s.r, call);
  call.siblings.store(&there);
  plain_job j;
  elsewhere->ready.push(there, j);
  const found_work f = find_own_work(s.waiter, {.base = 0, .inboxes = &call});
  REQUIRE(f.work == &j);
  REQUIRE(f.pool == &*elsewhere);
  call.siblings.store(nullptr);
}

TEST_CASE("the outermost wait takes any job of its root, whoever has it") {
  stage s;
  const root stranger{};
  plain_job mine, strange;
  s.thief.working_for.store(root_tag(stranger));
  s.thief.jobs.push(&strange);
  stage::works_on(s.second, stint::stolen(s.thief.id, 0), 0);
  s.second.jobs.push(&mine);
  const wait_filter filter{.base = 0, .inboxes = nullptr, .whole_root = &s.r};
  REQUIRE(found(s.waiter, filter) == &mine);
  REQUIRE(found(s.waiter, filter) == nullptr);
  s.thief.working_for.store(root_tag(s.r));
  REQUIRE(found(s.waiter, filter) == &strange);
}

TEST_CASE("the outermost wait takes what is ready for any call of its root") {
  stage s;
  const root stranger{};
  blocked_call nested(*s.pool, s.r);
  blocked_call strange(*s.pool, stranger);
  plain_job a, b;
  s.pool->ready.push(strange.home, a);
  s.pool->ready.push(nested.home, b);
  const wait_filter filter{.base = 0, .inboxes = nullptr, .whole_root = &s.r};
  REQUIRE(found(s.waiter, filter) == &b);
  REQUIRE(found(s.waiter, filter) == nullptr);
  REQUIRE(s.pool->ready.pop_any(tier::foreground).work == &a);
}

TEST_CASE("a worker with an empty stack takes anything: its own, others', and what is ready") {
  stage s;
  const root stranger{};
  blocked_call call(*s.pool, stranger);
  plain_job own, others, ready;
  s.second.working_for.store(root_tag(stranger));
  s.thief.jobs.push(&own);
  s.second.jobs.push(&others);
  s.pool->ready.push(call.home, ready);
  REQUIRE(find_any_work(s.thief).work == &own);
  const found_work f = find_any_work(s.thief);
  const found_work g = find_any_work(s.thief);
  REQUIRE(((f.work == &others && g.work == &ready) || (f.work == &ready && g.work == &others)));
  REQUIRE(f.belongs_to == &stranger);
  REQUIRE(g.belongs_to == &stranger);
  REQUIRE_FALSE(find_any_work(s.thief));
}

TEST_CASE("a worker takes foreground work, then started background work, then a queued task") {
  // Whether inboxes or deques come first within a tier is left to chance.
  for (int round = 0; round < 20; ++round) {
    stage s;
    const root background(true);
    blocked_call call(*s.pool, s.r);
    blocked_call task_call(*s.pool, background);
    micropool_test::some_task queued(s.pool);
    plain_job ready, forked, background_ready, background_forked;
    s.waiter.jobs.push(&forked);
    s.second.working_for.store(root_tag(background));
    s.second.jobs.push(&background_forked);
    s.pool->ready.push(call.home, ready);
    s.pool->ready.push(task_call.home, background_ready);
    s.queue(queued);
    std::array<job*, 5> order{};
    for (auto& j : order) j = find_any_work(s.thief).work;
    REQUIRE(((order[0] == &ready && order[1] == &forked) ||
             (order[0] == &forked && order[1] == &ready)));
    REQUIRE(((order[2] == &background_ready && order[3] == &background_forked) ||
             (order[2] == &background_forked && order[3] == &background_ready)));
    REQUIRE(order[4] == &queued);
    REQUIRE_FALSE(find_any_work(s.thief));
  }
}

TEST_CASE("a queued task is found with its own root and inbox") {
  stage s;
  micropool_test::some_task queued(s.pool);
  REQUIRE_FALSE(find_background_work(s.thief));
  s.queue(queued);
  REQUIRE_FALSE(find_foreground_work(s.thief));
  const found_work f = find_background_work(s.thief);
  REQUIRE(f.work == &queued);
  REQUIRE(f.origin.is_from(queued.inboxes.home));
  REQUIRE(f.belongs_to == &queued.own_root);
}

TEST_CASE("there is more to take while a deque or an inbox holds something") {
  stage s;
  blocked_call call(*s.pool, s.r);
  plain_job j;
  REQUIRE_FALSE(more_to_take(s.thief));
  s.second.jobs.push(&j);
  REQUIRE(more_to_take(s.thief));
  REQUIRE(s.second.jobs.pop() == &j);
  REQUIRE_FALSE(more_to_take(s.thief));
  s.pool->ready.push(call.home, j);
  REQUIRE(more_to_take(s.thief));
  REQUIRE(s.pool->ready.pop_any(tier::foreground).work == &j);
}

TEST_CASE("whom a push may wake is decided by the same rule as what may be taken") {
  stage s;
  blocked_call own(*s.pool, s.r);
  const auto accepts = [&](participant::index base, const inbox* in, const root* whole) {
    return accepts_pushes_of(s.thief, s.waiter, base, in, whole);
  };
  REQUIRE_FALSE(accepts(0, nullptr, nullptr));
  REQUIRE(accepts(0, nullptr, &s.r));
  stage::works_on(s.thief, stint::stolen(s.waiter.id, 6), 0);
  REQUIRE(accepts(6, nullptr, nullptr));
  REQUIRE_FALSE(accepts(7, nullptr, nullptr));
  stage::works_on(s.thief, stint::of_inbox(own.home), 0);
  REQUIRE(accepts(0, &own.home, nullptr));
  REQUIRE_FALSE(accepts(0, nullptr, nullptr));
}
