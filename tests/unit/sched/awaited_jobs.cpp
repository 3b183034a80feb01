// SPDX-License-Identifier: MIT OR Apache-2.0
// What a thread finds that blocks for the sake of a group which waits for background tasks: their
// jobs, those of the tasks that these wait for, and no others. The coroutines that wait are puppets.
#include "sched/wait_graph.hpp"
#include "sched/wait_marks.hpp"

#include "catch.hpp"
#include "some_task.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

using namespace micropool::detail;
using micropool_test::some_pool;
using micropool_test::some_task;

namespace {

struct plain_job : job {
  plain_job() noexcept : job([](job&, participant&) noexcept {}) {}
};

// A coroutine of a group that awaits a task until the end of its test.
struct awaiting {
  awaiting(inbox_group& group, background_task& t) {
    waiter.awaited = &t;
    waiter.by_coroutine = true;
    list_wait(group, waiter);
  }
  awaiting(const awaiting&) = delete;
  awaiting& operator=(const awaiting&) = delete;
  ~awaiting() { end_wait(waiter); }
  task_waiter waiter;
};

found_work awaited_by(inbox_group& g) {
  watch(g);
  return take_marked(g, 0);
}

void post_to(inbox& to, job& j) { post(to, j); }

}  // namespace

TEST_CASE("a group has the jobs of a task that it awaits, and of no other") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  some_task awaited(pool);
  some_task other(pool);
  plain_job of_awaited, of_other, of_call;
  injector& ready = pool->ready;
  post(other.inboxes.home, of_other);
  post(awaited.inboxes.home, of_awaited);
  post(call.home, of_call);
  REQUIRE_FALSE(awaited_by(call));
  const awaiting a(call, awaited);
  const found_work f = awaited_by(call);
  REQUIRE(f.work == &of_awaited);
  REQUIRE(f.origin.is_from(awaited.inboxes.home));
  REQUIRE(f.belongs_to == &awaited.own_root);
  REQUIRE(f.pool == &*pool);
  REQUIRE_FALSE(awaited_by(call));
  REQUIRE(ready.pop_any(tier::background).work == &of_other);
  REQUIRE(ready.pop_any(tier::foreground).work == &of_call);
  REQUIRE(ready.empty());
}

TEST_CASE("a group has the jobs of tasks that its tasks wait for, but not the other way round") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  some_task outer(pool), middle(pool), inner(pool);
  const awaiting first(call, outer);
  const awaiting second(outer.inboxes, middle);
  const awaiting third(middle.inboxes, inner);
  plain_job of_outer, of_inner;
  injector& ready = pool->ready;
  post(outer.inboxes.home, of_outer);
  REQUIRE_FALSE(awaited_by(inner.inboxes));
  REQUIRE_FALSE(awaited_by(middle.inboxes));
  REQUIRE(awaited_by(call).work == &of_outer);
  for (inbox_group* above : {static_cast<inbox_group*>(&call), &outer.inboxes, &middle.inboxes}) {
    post(inner.inboxes.home, of_inner);
    REQUIRE(awaited_by(*above).work == &of_inner);
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
  for (auto& j : jobs) post(shared.inboxes.home, j);
  REQUIRE(awaited_by(second).work == &jobs[0]);
  REQUIRE(awaited_by(first).work == &jobs[1]);
  REQUIRE_FALSE(awaited_by(first));
  REQUIRE_FALSE(awaited_by(second));
}

TEST_CASE("a thread that waits inside a task does not stand for the task's coroutines") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  some_task outer(pool), inner(pool);
  const awaiting a(call, outer);
  task_waiter thread;
  thread.awaited = &inner;
  list_wait(outer.inboxes, thread);
  plain_job j;
  post_to(inner.inboxes.home, j);
  REQUIRE_FALSE(awaited_by(call));
  REQUIRE_FALSE(search_awaited(call, 0));
  REQUIRE(pool->ready.pop_any(tier::background).work == &j);
  end_wait(thread);
}

TEST_CASE("the tasks that a group waits for take turns") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  some_task a(pool), b(pool), c(pool);
  const awaiting first(call, a), second(call, b), third(call, c);
  watch(call);
  std::array<plain_job, 3> of_a;
  std::array<plain_job, 2> of_b;
  plain_job of_c;
  for (job& j : of_a) post_to(a.inboxes.home, j);
  for (job& j : of_b) post_to(b.inboxes.home, j);
  post_to(c.inboxes.home, of_c);
  const std::vector<const job*> expected{&of_a[0], &of_b[0], &of_c, &of_a[1], &of_b[1], &of_a[2]};
  for (const job* j : expected) REQUIRE(awaited_by(call).work == j);
  REQUIRE_FALSE(awaited_by(call));
  REQUIRE(pool->ready.empty());
}

TEST_CASE("jobs of an awaited task that has moved to another pool are found there") {
  const some_pool pool;
  const some_pool other;
  const root r;
  blocked_call call(*pool, r);
  some_task t(pool);
  inbox there(*other, t.own_root, t.inboxes, t.environment);
  t.inboxes.siblings.store(&there);
  plain_job j;
  post_to(there, j);
  REQUIRE_FALSE(awaited_by(call));
  const awaiting a(call, t);
  const found_work f = awaited_by(call);
  REQUIRE(f.work == &j);
  REQUIRE(f.pool == &*other);
  t.inboxes.siblings.store(nullptr);
}

TEST_CASE("the inboxes of an awaited task on its pool and on another take turns") {
  const some_pool pool;
  const some_pool other;
  const root r;
  blocked_call call(*pool, r);
  some_task t(pool);
  inbox there(*other, t.own_root, t.inboxes, t.environment);
  t.inboxes.siblings.store(&there);
  const awaiting a(call, t);
  watch(call);
  std::array<plain_job, 2> at_home, elsewhere;
  for (job& j : at_home) post_to(t.inboxes.home, j);
  for (job& j : elsewhere) post_to(there, j);
  const std::vector<const job*> expected{&at_home[0], &elsewhere[0], &at_home[1], &elsewhere[1]};
  for (std::uint32_t turn = 0; turn < 4; ++turn) {
    REQUIRE(take_marked(call, turn).work == expected[turn]);
  }
  REQUIRE_FALSE(take_marked(call, 4));
  t.inboxes.siblings.store(nullptr);
}

namespace {

enum class order { wait_watch_post, watch_wait_post, post_wait_watch, post_watch_wait };

}  // namespace

TEST_CASE("waits, watching and posts may come in any order") {
  const order o = GENERATE(order::wait_watch_post, order::watch_wait_post, order::post_wait_watch,
                           order::post_watch_wait);
  const bool upper_first = GENERATE(false, true);
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  some_task outer(pool), inner(pool);
  plain_job j;
  std::optional<awaiting> upper, lower;
  const auto wait = [&] {
    if (upper_first) upper.emplace(call, outer);
    lower.emplace(outer.inboxes, inner);
    if (!upper_first) upper.emplace(call, outer);
  };
  const auto post = [&] { post_to(inner.inboxes.home, j); };
  if (o == order::post_wait_watch || o == order::post_watch_wait) post();
  if (o == order::watch_wait_post || o == order::post_watch_wait) watch(call);
  wait();
  if (o == order::wait_watch_post || o == order::post_wait_watch) watch(call);
  if (o == order::wait_watch_post || o == order::watch_wait_post) post();
  REQUIRE(take_marked(call, 0).work == &j);
  REQUIRE_FALSE(take_marked(call, 0));
}

TEST_CASE("a task at the end of 2^40 ways is marked once for each group that is watched") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r), other(*pool, r);
  std::deque<some_task> tasks;
  std::deque<awaiting> waits;
  const auto task_awaited_by = [&](inbox_group& g) -> inbox_group& {
    tasks.emplace_back(pool);
    waits.emplace_back(g, tasks.back());
    return tasks.back().inboxes;
  };
  inbox_group* top = &task_awaited_by(call);
  waits.emplace_back(other, tasks.back());
  for (int diamond = 0; diamond < 40; ++diamond) {
    inbox_group& left = task_awaited_by(*top);
    inbox_group& right = task_awaited_by(*top);
    inbox_group& bottom = task_awaited_by(left);
    waits.emplace_back(right, tasks.back());
    top = &bottom;
  }
  watch(call);
  watch(other);
  for (const some_task& t : tasks) {
    std::size_t marks = 0;
    for (const wait_mark* m = t.inboxes.marks.load(); m != nullptr; m = m->after_at) ++marks;
    REQUIRE(marks == 2);
  }
  plain_job j;
  post_to(top->home, j);
  REQUIRE(search_awaited(other, 0).work == &j);
  REQUIRE_FALSE(search_awaited(other, 0));
  REQUIRE_FALSE(take_marked(other, 0));
  post_to(top->home, j);
  REQUIRE(take_marked(call, 0).work == &j);
  while (!waits.empty()) waits.pop_back();
  for (const some_task& t : tasks) REQUIRE(t.inboxes.marks.load() == nullptr);
}

TEST_CASE("a search passes over a task whose job comes again and again") {
  const some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  some_task a(pool), b(pool), c(pool);
  const awaiting first(call, a), second(call, b), third(call, c);
  std::array<plain_job, 3> jobs;
  const std::array<some_task*, 3> tasks{&a, &b, &c};
  for (std::size_t k = 0; k < jobs.size(); ++k) post_to(tasks[k]->inboxes.home, jobs[k]);
  std::array<int, 3> taken{};
  for (std::uint32_t turn = 0; turn < 32; ++turn) {
    const found_work f = search_awaited(call, turn);
    const auto k = static_cast<std::size_t>(static_cast<const plain_job*>(f.work) - jobs.data());
    ++taken.at(k);
    post_to(tasks.at(k)->inboxes.home, jobs.at(k));
  }
  for (const int times : taken) CHECK(times > 0);
  while (search_awaited(call, 0)) {
  }
}
