// SPDX-License-Identifier: MIT OR Apache-2.0
// Roots, their tags, and what changes when a background task is lifted. The participants are
// puppets and the tasks do nothing: only who belongs where is looked at.
#include "sched/run_job.hpp"
#include "sched/wait_graph.hpp"

#include "catch.hpp"
#include "some_task.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

using namespace micropool::detail;
using micropool_test::some_pool;
using micropool_test::some_task;

namespace {

struct plain_job : job {
  plain_job() noexcept : job([](job&, participant&) noexcept {}) {}
};

// A participant that works for a root until the end of its test.
class puppet {
public:
  puppet(const some_pool& pool, const root& r) : puppet(pool, root_tag(r)) {}
  puppet(const some_pool& pool, root_tag t) : state_(pool->participants.acquire(*pool, false)) {
    state_.working_for.store(t);
  }
  puppet(const puppet&) = delete;
  puppet& operator=(const puppet&) = delete;
  ~puppet() { state_.working_for.store(root_tag()); }
  bool works_for(const root& r) const { return state_.working_for.load() == root_tag(r); }
  participant_state& state() const { return state_; }

private:
  participant_state& state_;
};

}  // namespace

TEST_CASE("a tag names a root and its tier") {
  const root foreground;
  const root background(true);
  REQUIRE(root_tag().none());
  REQUIRE_FALSE(root_tag().background());
  REQUIRE_FALSE(root_tag(foreground).none());
  REQUIRE_FALSE(root_tag(foreground).background());
  REQUIRE(root_tag(foreground).is(&foreground));
  REQUIRE(root_tag(background).background());
  REQUIRE(root_tag(background).get() == &background);
  REQUIRE_FALSE(root_tag(background).is(&foreground));
  REQUIRE(root_tag(background) == root_tag(background));
  REQUIRE(root_tag(background) != root_tag(foreground));
}

TEST_CASE("jobs belong to their own root until it is lifted, then to the waiter's") {
  const some_pool pool;
  const root waiter;
  some_task t(pool);
  task_waiter w;
  REQUIRE(tag_of(waiter) == root_tag(waiter));
  REQUIRE(tag_of(t.own_root) == root_tag(t.own_root));
  announce_wait(t, w, waiter);
  REQUIRE(tag_of(t.own_root) == root_tag(waiter));
  REQUIRE_FALSE(tag_of(t.own_root).background());
}

TEST_CASE("lifting a task changes the tags of those who work for it, and no others") {
  const some_pool pool;
  const root waiter;
  const root stranger;
  some_task t(pool);
  some_task other(pool);
  const puppet first(pool, t.own_root);
  const puppet second(pool, t.own_root);
  const puppet elsewhere(pool, other.own_root);
  const puppet in_foreground(pool, stranger);
  const puppet idle(pool, root_tag());
  task_waiter w;
  announce_wait(t, w, waiter);
  REQUIRE(first.works_for(waiter));
  REQUIRE(second.works_for(waiter));
  REQUIRE(elsewhere.works_for(other.own_root));
  REQUIRE(in_foreground.works_for(stranger));
  REQUIRE(idle.state().working_for.load().none());
}

TEST_CASE("lifting raises the hints of those it concerns, whose jobs sleepers may want now") {
  const some_pool pool;
  const root waiter;
  some_task t(pool);
  const puppet works(pool, t.own_root);
  works.state().sleeper_hint.store(false);
  task_waiter w;
  announce_wait(t, w, waiter);
  REQUIRE(works.state().sleeper_hint.load());
}

TEST_CASE("lifting moves what is ready in the task's inboxes to the foreground, in order") {
  const some_pool pool;
  const root waiter;
  some_task t(pool);
  some_task other(pool);
  std::array<plain_job, 3> of_t;
  plain_job of_other;
  for (auto& j : of_t) post(t.inboxes.home, j);
  post(other.inboxes.home, of_other);
  REQUIRE(pool->ready.empty(tier::foreground));
  task_waiter w;
  announce_wait(t, w, waiter);
  REQUIRE_FALSE(pool->ready.empty(tier::foreground));
  REQUIRE_FALSE(pool->ready.empty(tier::background));
  for (auto& j : of_t) {
    const found_work f = pool->ready.pop_any(tier::foreground);
    REQUIRE(f.work == &j);
    REQUIRE(tag_of(*f.belongs_to) == root_tag(waiter));
  }
  REQUIRE(pool->ready.empty(tier::foreground));
  REQUIRE(pool->ready.pop_any(tier::background).work == &of_other);
  REQUIRE(pool->ready.empty(tier::background));
}

TEST_CASE(
    "lifting a task moves what is ready for calls that block inside it, and no other call's") {
  const some_pool pool;
  const root waiter;
  some_task t(pool);
  some_task other(pool);
  blocked_call inside(*pool, t.own_root);
  blocked_call elsewhere(*pool, other.own_root);
  plain_job of_inside;
  plain_job of_elsewhere;
  post(elsewhere.home, of_elsewhere);
  post(inside.home, of_inside);
  task_waiter w;
  announce_wait(t, w, waiter);
  REQUIRE(pool->ready.pop_any(tier::foreground).work == &of_inside);
  REQUIRE(pool->ready.empty(tier::foreground));
  REQUIRE(pool->ready.pop_any(tier::background).work == &of_elsewhere);
}

TEST_CASE("what becomes ready for a lifted task goes to the foreground at once") {
  const some_pool pool;
  const root waiter;
  some_task t(pool);
  task_waiter w;
  announce_wait(t, w, waiter);
  plain_job j;
  post(t.inboxes.home, j);
  REQUIRE(pool->ready.empty(tier::background));
  REQUIRE(pool->ready.pop_of(waiter).work == &j);
}

TEST_CASE("lifting reaches the other pools on which the task has been") {
  const some_pool pool;
  const some_pool other;
  const root waiter;
  some_task t(pool);
  inbox there(*other, t.own_root, t.inboxes, t.environment);
  t.inboxes.siblings.store(&there);
  const puppet guest(other, t.own_root);
  plain_job j;
  post(there, j);
  task_waiter w;
  announce_wait(t, w, waiter);
  REQUIRE(guest.works_for(waiter));
  REQUIRE(pool->ready.pop_any(tier::foreground).work == &j);  // which serves it there
  t.inboxes.siblings.store(nullptr);
}

TEST_CASE("a task is lifted once: to the first foreground root that waits for it") {
  const some_pool pool;
  const std::array<root, 2> waiters{root(), root()};
  some_task t(pool);
  const puppet works(pool, t.own_root);
  std::array<task_waiter, 2> w;
  announce_wait(t, w[0], waiters[0]);
  announce_wait(t, w[1], waiters[1]);
  REQUIRE(tag_of(t.own_root) == root_tag(waiters[0]));
  REQUIRE(works.works_for(waiters[0]));
}

TEST_CASE(
    "background work that waits lifts nothing, but is lifted together with what it waits for") {
  const some_pool pool;
  const root waiter;
  // A chain: each waits for the next.
  std::vector<std::unique_ptr<some_task>> chain;
  for (int k = 0; k < 100; ++k) chain.push_back(std::make_unique<some_task>(pool));
  std::array<task_waiter, 100> w;
  for (std::size_t k = 0; k + 1 < chain.size(); ++k) {
    announce_wait(*chain[k + 1], w[k], chain[k]->own_root);
  }
  const puppet last(pool, chain.back()->own_root);
  for (const auto& t : chain) REQUIRE(tag_of(t->own_root) == root_tag(t->own_root));
  REQUIRE(last.works_for(chain.back()->own_root));
  announce_wait(*chain.front(), w.back(), waiter);
  for (const auto& t : chain) REQUIRE(tag_of(t->own_root) == root_tag(waiter));
  REQUIRE(last.works_for(waiter));
}

TEST_CASE("a wait of a lifted task lifts what it waits for at once") {
  const some_pool pool;
  const root waiter;
  some_task outer(pool);
  some_task inner(pool);
  std::array<task_waiter, 2> w;
  announce_wait(outer, w[0], waiter);
  announce_wait(inner, w[1], outer.own_root);
  REQUIRE(tag_of(inner.own_root) == root_tag(waiter));
}

TEST_CASE("lifting a task lifts what coroutines of calls that block inside it wait for") {
  const some_pool pool;
  const root waiter;
  some_task outer(pool);
  some_task first(pool);
  some_task second(pool);
  std::array<task_waiter, 3> w;
  blocked_call call(*pool, outer.own_root);
  blocked_call later_call(*pool, outer.own_root);
  announce_wait(first, w[0], call.home);
  announce_wait(second, w[1], later_call.home);
  REQUIRE(tag_of(first.own_root).background());
  announce_wait(outer, w[2], waiter);
  REQUIRE(tag_of(first.own_root) == root_tag(waiter));
  REQUIRE(tag_of(second.own_root) == root_tag(waiter));
}

TEST_CASE("a wait that is over no longer lifts what it waited for, wherever it stood in the list") {
  const some_pool pool;
  for (std::size_t over = 0; over < 3; ++over) {
    const root waiter;
    some_task outer(pool);
    std::vector<std::unique_ptr<some_task>> inner;
    std::array<task_waiter, 4> w;
    for (std::size_t k = 0; k < 3; ++k) {
      inner.push_back(std::make_unique<some_task>(pool));
      announce_wait(*inner[k], w.at(k), outer.own_root);
    }
    end_wait(w.at(over));
    end_wait(w.at(over));
    announce_wait(outer, w[3], waiter);
    for (std::size_t k = 0; k < 3; ++k) {
      REQUIRE(tag_of(inner[k]->own_root).background() == (k == over));
    }
  }
}

TEST_CASE("who begins to work for a root shows the root that its jobs belong to now") {
  const some_pool pool;
  const root waiter;
  some_task t(pool);
  const puppet p(pool, root_tag());
  work_for(p.state(), waiter);
  REQUIRE(p.works_for(waiter));
  work_for(p.state(), t.own_root);
  REQUIRE(p.works_for(t.own_root));
  task_waiter w;
  announce_wait(t, w, waiter);
  p.state().working_for.store(root_tag());
  work_for(p.state(), t.own_root);
  REQUIRE(p.works_for(waiter));
}
