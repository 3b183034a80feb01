// SPDX-License-Identifier: MIT OR Apache-2.0
// Whose job a blocked participant may take, case by case, and in which order it looks.
#include "sched/find_work.hpp"
#include "sched/leapfrog.hpp"

#include "catch.hpp"
#include "some_task.hpp"
#include "stage.hpp"

#include <array>
#include <cstddef>

using namespace micropool::detail;
using micropool_test::plain_job;
using micropool_test::stage;

namespace {

found_work find(participant_state& waiter, const wait_filter& filter) {
  wait_turns turns;
  return find_own_work(waiter, filter, turns);
}
job* found(participant_state& waiter, const wait_filter& filter) {
  return find(waiter, filter).work;
}

}  // namespace

TEST_CASE("a waiter takes its own jobs at its base and above, the newest first, and none below") {
  stage s;
  std::array<plain_job, 3> jobs;
  for (auto& j : jobs) s.waiter.jobs.push(&j);
  REQUIRE(found(s.waiter, {.from = 1}) == &jobs[2]);
  REQUIRE(found(s.waiter, {.from = 1}) == &jobs[1]);
  REQUIRE(found(s.waiter, {.from = 1}) == nullptr);
  REQUIRE(found(s.waiter, {.from = 0}) == &jobs[0]);
}

TEST_CASE("a waiter takes from a thief that stole from it at its base or above") {
  stage s;
  plain_job j;
  for (const participant::index stolen : {4, 5, 9}) {
    stage::works_on(s.thief, work_origin::stolen(s.waiter.id, stolen), s.thief.jobs.bottom());
    s.thief.jobs.push(&j);
    const found_work f = find(s.waiter, {.from = 4});
    REQUIRE(f.work == &j);
    REQUIRE(f.origin == work_origin::stolen(s.thief.id, s.thief.jobs.bottom() - 1));
    REQUIRE(f.belongs_to == &s.r);
    REQUIRE(f.pool == &*s.pool);
  }
}

TEST_CASE("a waiter leaves a thief alone that stole from it below its base") {
  stage s;
  plain_job j;
  stage::works_on(s.thief, work_origin::stolen(s.waiter.id, 3), 0);
  s.thief.jobs.push(&j);
  REQUIRE(found(s.waiter, {.from = 4}) == nullptr);
  REQUIRE(found(s.waiter, {.from = 3}) == &j);
}

TEST_CASE("a waiter leaves a participant alone that works on nothing stolen") {
  stage s;
  plain_job j;
  s.thief.jobs.push(&j);
  REQUIRE(found(s.waiter, {.from = 0}) == nullptr);
}

TEST_CASE("a waiter leaves alone what a thief had in its deque before it stole") {
  stage s;
  plain_job j;
  s.thief.jobs.push(&j);
  stage::works_on(s.thief, work_origin::stolen(s.waiter.id, 4), s.thief.jobs.bottom());
  REQUIRE(found(s.waiter, {.from = 4}) == nullptr);
}

TEST_CASE("a waiter follows a chain of thefts") {
  stage s;
  plain_job j;
  stage::works_on(s.thief, work_origin::stolen(s.waiter.id, 6), 10);
  stage::works_on(s.second, work_origin::stolen(s.thief.id, 10), 0);
  s.second.jobs.push(&j);
  REQUIRE(found(s.waiter, {.from = 7}) == nullptr);
  REQUIRE(found(s.waiter, {.from = 6}) == &j);
}

TEST_CASE("a chain is cut where a thief had pushed the stolen job before its present work") {
  stage s;
  plain_job j;
  stage::works_on(s.thief, work_origin::stolen(s.waiter.id, 6), 11);
  stage::works_on(s.second, work_origin::stolen(s.thief.id, 10), 0);
  s.second.jobs.push(&j);
  REQUIRE(found(s.waiter, {.from = 6}) == nullptr);
}

TEST_CASE("a chain ends at work from an inbox: that of the waiter's own call or a stranger's") {
  stage s;
  blocked_call own(*s.pool, s.r);
  blocked_call other(*s.pool, s.r);
  plain_job j;
  stage::works_on(s.thief, work_origin::of_inbox(own.home), 10);
  stage::works_on(s.second, work_origin::stolen(s.thief.id, 10), 0);
  s.second.jobs.push(&j);
  REQUIRE(found(s.waiter, {.from = 0}) == nullptr);
  REQUIRE(found(s.waiter, {.from = 0, .inboxes = &other}) == nullptr);
  REQUIRE(found(s.waiter, {.from = 0, .inboxes = &own}) == &j);
}

TEST_CASE("two thieves that seem to have stolen from each other do not hang a waiter") {
  stage s;
  plain_job j;
  stage::works_on(s.thief, work_origin::stolen(s.second.id, 5), 0);
  stage::works_on(s.second, work_origin::stolen(s.thief.id, 5), 0);
  s.second.jobs.push(&j);
  REQUIRE(found(s.waiter, {.from = 0}) == nullptr);
}

TEST_CASE("a waiter takes what is ready in the inboxes of its own call, and of no other") {
  stage s;
  blocked_call own(*s.pool, s.r);
  blocked_call other(*s.pool, s.r);
  plain_job a, b;
  post(other.home, a);
  REQUIRE(found(s.waiter, {.from = 0, .inboxes = &own}) == nullptr);
  post(own.home, b);
  const found_work f = find(s.waiter, {.from = 0, .inboxes = &own});
  REQUIRE(f.work == &b);
  REQUIRE(f.origin.is_from(own.home));
  REQUIRE(found(s.waiter, {.from = 0}) == nullptr);
  REQUIRE(found(s.waiter, {.from = 0, .inboxes = &other}) == &a);
}

TEST_CASE("a waiter looks into the inboxes of its call on other pools") {
  stage s;
  const micropool_test::some_pool elsewhere;
  blocked_call call(*s.pool, s.r);
  inbox there(*elsewhere, s.r, call, call.home.environment);
  call.siblings.store(&there);
  plain_job j;
  post(there, j);
  const found_work f = find(s.waiter, {.from = 0, .inboxes = &call});
  REQUIRE(f.work == &j);
  REQUIRE(f.pool == &*elsewhere);
  call.siblings.store(nullptr);
}

TEST_CASE("the outermost wait takes any job of its root, wherever it is") {
  stage s;
  const root stranger{};
  plain_job mine, strange;
  s.thief.working_for.store(root_tag(stranger));
  s.thief.jobs.push(&strange);
  stage::works_on(s.second, work_origin::stolen(s.thief.id, 0), 0);
  s.second.jobs.push(&mine);
  const wait_filter filter{.from = 0, .inboxes = nullptr, .whole_root = &s.r};
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
  post(strange.home, a);
  post(nested.home, b);
  const wait_filter filter{.from = 0, .inboxes = nullptr, .whole_root = &s.r};
  REQUIRE(found(s.waiter, filter) == &b);
  REQUIRE(found(s.waiter, filter) == nullptr);
  REQUIRE(s.pool->ready.pop_any(tier::foreground).work == &a);
}

TEST_CASE("a wait's looks begin in turn with its own inboxes, with deques and with its root's inboxes") {
  stage s;
  blocked_call own(*s.pool, s.r);
  blocked_call nested(*s.pool, s.r);
  std::array<plain_job, 3> posted, forked, of_root;
  for (auto& j : posted) post(own.home, j);
  for (auto& j : forked) s.thief.jobs.push(&j);
  for (auto& j : of_root) post(nested.home, j);
  const wait_filter filter{.from = 0, .inboxes = &own, .whole_root = &s.r};
  wait_turns turns;
  const auto next = [&] { return find_own_work(s.waiter, filter, turns).work; };
  REQUIRE(next() == &posted[0]);
  REQUIRE(next() == &forked[0]);
  // The inbox that has been served has gone to the end of the list.
  REQUIRE(next() == &of_root[0]);
  REQUIRE(next() == &posted[1]);
  REQUIRE(next() == &forked[1]);
  REQUIRE(next() == &of_root[1]);
  // Its own deque comes before all of them, and is no look at the others.
  plain_job mine;
  s.waiter.jobs.push(&mine);
  REQUIRE(next() == &mine);
  REQUIRE(next() == &posted[2]);
  REQUIRE(next() == &forked[2]);
  REQUIRE(next() == &of_root[2]);
  REQUIRE(next() == nullptr);
}

TEST_CASE("a wait's looks into its inboxes begin in turn with the home inbox and with the others") {
  stage s;
  const micropool_test::some_pool first, second;
  blocked_call call(*s.pool, s.r);
  inbox on_first(*first, s.r, call, call.home.environment);
  inbox on_second(*second, s.r, call, call.home.environment);
  on_first.sibling = &on_second;
  call.siblings.store(&on_first);
  std::array<plain_job, 100> at_home, there;
  plain_job beyond;
  for (auto& j : at_home) post(call.home, j);
  for (auto& j : there) post(on_first, j);
  post(on_second, beyond);
  wait_turns turns;
  int before = 0;
  while (find_own_work(s.waiter, {.from = 0, .inboxes = &call}, turns).work != &beyond) ++before;
  REQUIRE(before <= 9 * 2);
  for (int left = 200 - before; left > 0; --left) REQUIRE(found(s.waiter, {.from = 0, .inboxes = &call}));
  call.siblings.store(nullptr);
}

TEST_CASE("a long run of own jobs hands out the two newest, if their inbox is looked into") {
  stage s;
  blocked_call own(*s.pool, s.r);
  blocked_call other(*s.pool, s.r);
  const bool reachable = GENERATE(true, false);
  std::array<plain_job, own_jobs_in_a_row + 10> jobs;
  s.waiter.reserve(jobs.size());
  for (auto& j : jobs) {
    j.home = reachable ? &own.home : &other.home;
    s.waiter.jobs.push(&j);
  }
  wait_turns turns;
  const auto next = [&] { return find_own_work(s.waiter, {.from = 0, .inboxes = &own}, turns).work; };
  for (std::size_t n = 1; n < own_jobs_in_a_row; ++n) REQUIRE(next() == &jobs[jobs.size() - n]);
  REQUIRE(next() == &jobs[reachable ? 8 : 10]);
  for (std::size_t i = reachable ? 8 : 10; i-- > 0;) REQUIRE(next() == &jobs[i]);
  // The older one first.
  REQUIRE(next() == (reachable ? &jobs[9] : nullptr));
  REQUIRE(next() == (reachable ? &jobs[10] : nullptr));
}

TEST_CASE("whom a push may wake is decided by the same rule as what may be taken") {
  stage s;
  blocked_call own(*s.pool, s.r);
  const auto accepts = [&](participant::index base, const inbox* in, const root* whole) {
    return accepts_pushes_of(s.thief, s.waiter, base, in, whole);
  };
  REQUIRE_FALSE(accepts(0, nullptr, nullptr));
  REQUIRE(accepts(0, nullptr, &s.r));
  stage::works_on(s.thief, work_origin::stolen(s.waiter.id, 6), 0);
  REQUIRE(accepts(6, nullptr, nullptr));
  REQUIRE_FALSE(accepts(7, nullptr, nullptr));
  stage::works_on(s.thief, work_origin::of_inbox(own.home), 0);
  REQUIRE(accepts(0, &own.home, nullptr));
  REQUIRE_FALSE(accepts(0, nullptr, nullptr));
}
