// SPDX-License-Identifier: MIT OR Apache-2.0
// What an injector has for a group that waits for background tasks: their jobs, those of the tasks
// that these wait for, and no others. The coroutines that wait are puppets.
#include "sched/injector.hpp"

#include "catch.hpp"
#include "some_task.hpp"

#include <array>
#include <cstddef>
#include <vector>

using namespace micropool::detail;
using micropool_test::some_pool;
using micropool_test::some_task;

namespace {

struct plain_job : job {
  plain_job() noexcept : job([](job&, participant&) noexcept {}) {}
};

// A coroutine of a group that awaits a task until the end of its test.
struct awaiting : frame {
  awaiting(inbox_group& group, background_task& t) {
    home = &group.home;
    waiter.coroutine = this;
    added = add_waiter(t, waiter);
  }
  task_waiter waiter;
  bool added = false;
};

}  // namespace

TEST_CASE("a group has the jobs of a task that it awaits, and of no other") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  some_task awaited(pool);
  some_task other(pool);
  plain_job of_awaited, of_other, of_call;
  injector& ready = pool->ready;
  ready.push(other.inboxes.home, of_other);
  ready.push(awaited.inboxes.home, of_awaited);
  ready.push(call.home, of_call);
  REQUIRE_FALSE(ready.pop_awaited_by(call));
  const awaiting a(call, awaited);
  REQUIRE(a.added);
  const found_work f = ready.pop_awaited_by(call);
  REQUIRE(f.work == &of_awaited);
  REQUIRE(f.origin.is_from(awaited.inboxes.home));
  REQUIRE(f.belongs_to == &awaited.own_root);
  REQUIRE(f.pool == &*pool);
  REQUIRE_FALSE(ready.pop_awaited_by(call));
  REQUIRE(ready.pop_any(tier::background).work == &of_other);
  REQUIRE(ready.pop_any(tier::foreground).work == &of_call);
  REQUIRE(ready.empty());
}

TEST_CASE("a group that begins to await a task says so, for the threads that block for its sake") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  some_task t(pool);
  REQUIRE_FALSE(call.has_awaited.load());
  const awaiting a(call, t);
  REQUIRE(call.has_awaited.load());
}

TEST_CASE("it also has those of tasks that its tasks wait for, but not the other way round") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  some_task outer(pool), middle(pool), inner(pool);
  const awaiting first(call, outer);
  const awaiting second(outer.inboxes, middle);
  const awaiting third(middle.inboxes, inner);
  plain_job of_outer, of_inner;
  injector& ready = pool->ready;
  ready.push(outer.inboxes.home, of_outer);
  REQUIRE_FALSE(ready.pop_awaited_by(inner.inboxes));
  REQUIRE_FALSE(ready.pop_awaited_by(middle.inboxes));
  REQUIRE(ready.pop_awaited_by(call).work == &of_outer);
  for (inbox_group* above : {static_cast<inbox_group*>(&call), &outer.inboxes, &middle.inboxes}) {
    ready.push(inner.inboxes.home, of_inner);
    REQUIRE(ready.pop_awaited_by(*above).work == &of_inner);
    REQUIRE(ready.empty());
  }
}

TEST_CASE("two groups that await the same task both have its jobs, each job once") {
  const some_pool pool;
  const std::array<root, 2> roots{root(), root()};
  blocked_call first(*pool, roots[0]), second(*pool, roots[1]);
  some_task shared(pool);
  const awaiting a(first, shared);
  const awaiting b(second, shared);
  std::array<plain_job, 2> jobs;
  injector& ready = pool->ready;
  for (auto& j : jobs) ready.push(shared.inboxes.home, j);
  REQUIRE(ready.pop_awaited_by(second).work == &jobs[0]);
  REQUIRE(ready.pop_awaited_by(first).work == &jobs[1]);
  REQUIRE_FALSE(ready.pop_awaited_by(first));
  REQUIRE_FALSE(ready.pop_awaited_by(second));
}

TEST_CASE("a thread that waits for a task stands for no group") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  some_task t(pool);
  task_waiter thread;
  REQUIRE(add_waiter(t, thread));
  plain_job j;
  pool->ready.push(t.inboxes.home, j);
  REQUIRE_FALSE(pool->ready.pop_awaited_by(call));
  REQUIRE(pool->ready.pop_any(tier::background).work == &j);
}

TEST_CASE("what was lifted goes first, then the background, and inboxes take turns in each") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  std::array<some_task, 4> tasks{some_task(pool), some_task(pool), some_task(pool),
                                 some_task(pool)};
  auto& [a, b, lifted, also_lifted] = tasks;
  const std::array<awaiting, 4> waits{awaiting(call, a), awaiting(call, b), awaiting(call, lifted),
                                      awaiting(call, also_lifted)};
  for (const awaiting& w : waits) REQUIRE(w.added);
  // [of a task][in order]
  std::array<std::array<plain_job, 2>, 4> jobs;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    if (t >= 2) tasks.at(t).own_root.lifted_to.store(&r);
    for (auto& j : jobs.at(t)) pool->ready.push(tasks.at(t).inboxes.home, j);
  }
  const std::vector<const job*> expected{&jobs[2][0], &jobs[3][0], &jobs[2][1], &jobs[3][1],
                                         &jobs[0][0], &jobs[1][0], &jobs[0][1], &jobs[1][1]};
  for (const job* j : expected) REQUIRE(pool->ready.pop_awaited_by(call).work == j);
  REQUIRE(pool->ready.empty());
}

TEST_CASE("jobs of an awaited task that has moved to another pool are found there") {
  const some_pool pool;
  const some_pool other;
  const root r;
  blocked_call call(*pool, r);
  some_task t(pool);
  inbox there(*other, t.own_root, t.inboxes);
  t.inboxes.siblings.store(&there);
  plain_job j;
  other->ready.push(there, j);
  REQUIRE_FALSE(other->ready.pop_awaited_by(call));
  const awaiting a(call, t);
  REQUIRE_FALSE(pool->ready.pop_awaited_by(call));
  const found_work f = other->ready.pop_awaited_by(call);
  REQUIRE(f.work == &j);
  REQUIRE(f.pool == &*other);
  t.inboxes.siblings.store(nullptr);
}
