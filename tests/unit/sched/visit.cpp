// SPDX-License-Identifier: MIT OR Apache-2.0
// A visit runs a job in a slot of its own and leaves what the thread has in hand untouched.
#include "sched/visit.hpp"

#include "catch.hpp"
#include "some_pool.hpp"

#include <micropool/detail/sched/scheduler.hpp>

#include <array>
#include <cfenv>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

using namespace micropool::detail;

namespace {

// A job that does what its test says.
struct scripted : job {
  explicit scripted(std::function<void(participant_state&)> f = {})
      : job([](job& j, participant& p) noexcept {
          auto& self = static_cast<scripted&>(j);
          ++self.runs;
          if (self.script) self.script(state_of(p));
        }),
        script(std::move(f)) {}
  std::function<void(participant_state&)> script;
  int runs = 0;
};

// What a job that was found elsewhere looks like.
found_work found(job& j, const root& r, const micropool_test::some_pool& pool) {
  return {&j, work_origin::stolen(7, 3), &r, float_environment::here(), &*pool};
}

}  // namespace

TEST_CASE("a visit runs its job as another participant, who works for the job's root") {
  const micropool_test::some_pool pool;
  const root strange;
  const participation here(&*pool);
  const auto& self = state_of(here.self());
  const participant_state* visitor = nullptr;
  bool is_current = false;
  bool works_for_it = false;
  bool is_a_visitor = false;
  bool found_there = false;
  scripted j([&](participant_state& p) {
    visitor = &p;
    is_current = current_participant() == &p;
    works_for_it = p.working_for.load() == root_tag(strange);
    is_a_visitor = p.is_visitor.load();
    found_there = p.current.load() == work_origin::stolen(7, 3);
  });
  run_as_visitor(found(j, strange, pool), {});
  REQUIRE(j.runs == 1);
  REQUIRE(visitor != nullptr);
  REQUIRE(visitor != &self);
  REQUIRE(visitor->pool == &*pool);
  REQUIRE(is_current);
  REQUIRE(works_for_it);
  REQUIRE(is_a_visitor);
  REQUIRE(found_there);
  REQUIRE(current_participant() == &self);
}

TEST_CASE("a visit leaves jobs, base, work unit and root of the outer slot as they were") {
  const micropool_test::some_pool pool;
  const root strange;
  const participation here(&*pool);
  auto& self = state_of(here.self());
  std::array<scripted, 3> outer;
  for (auto& j : outer) self.push(j);
  self.base.store(1);
  self.current.store(work_origin::stolen(2, 9));
  const root_tag before = self.working_for.load();
  scripted left_behind;
  scripted j([&](participant_state& p) { p.push(left_behind); });
  run_as_visitor(found(j, strange, pool), {});
  REQUIRE(self.working_for.load() == before);
  REQUIRE(self.base.load() == 1);
  REQUIRE(self.current.load() == work_origin::stolen(2, 9));
  REQUIRE(self.jobs.bottom() == 3);
  for (const auto& o : outer) REQUIRE(o.runs == 0);
  for (std::size_t k = 3; k-- > 0;) REQUIRE(self.jobs.pop() == &outer.at(k));
  self.current.store(work_origin());
}

TEST_CASE("a visit ends when what the job has left in the deque has run, too") {
  const micropool_test::some_pool pool;
  const root strange;
  const participation here(&*pool);
  scripted grandchild;
  scripted child([&](participant_state& p) { p.push(grandchild); });
  scripted second_child;
  scripted j([&](participant_state& p) {
    p.push(child);
    p.push(second_child);
  });
  run_as_visitor(found(j, strange, pool), {});
  REQUIRE(child.runs == 1);
  REQUIRE(second_child.runs == 1);
  REQUIRE(grandchild.runs == 1);
}

TEST_CASE("a rounding mode that a visited job leaves behind does not reach the visitor's own work") {
  const micropool_test::some_pool pool;
  const root strange;
  const participation here(&*pool);
  REQUIRE(std::fegetround() == FE_TONEAREST);
  float_environment of_job = float_environment::here();
  if (GENERATE(false, true)) {
    std::fesetround(FE_UPWARD);
    of_job = float_environment::here();
    std::fesetround(FE_TONEAREST);
  }
  scripted j([](participant_state&) { std::fesetround(FE_DOWNWARD); });
  found_work f = found(j, strange, pool);
  f.environment = of_job;
  run_as_visitor(f, {});
  const int after = std::fegetround();
  std::fesetround(FE_TONEAREST);
  REQUIRE(after == FE_TONEAREST);
}

TEST_CASE("visits nest, each in a slot of its own, and give their slots back") {
  const micropool_test::some_pool pool;
  const std::array<root, 2> roots{root(), root()};
  const participation here(&*pool);
  const auto& self = state_of(here.self());
  participant_state* outer = nullptr;
  participant_state* inner = nullptr;
  bool outer_goes_on = false;
  scripted second([&](participant_state& p) { inner = &p; });
  scripted first([&](participant_state& p) {
    outer = &p;
    run_as_visitor(found(second, roots[1], pool), {});
    outer_goes_on = current_participant() == &p && p.working_for.load() == root_tag(roots[0]);
  });
  run_as_visitor(found(first, roots[0], pool), {});
  REQUIRE(inner != outer);
  REQUIRE(outer != &self);
  REQUIRE(inner != &self);
  REQUIRE(outer_goes_on);
  for (const auto* p : {outer, inner}) REQUIRE(p->working_for.load().none());
  REQUIRE(&pool->participants.acquire(*pool, false) == outer);
}

TEST_CASE("a visit may go to another pool, which is current meanwhile") {
  const micropool_test::some_pool pool;
  const micropool_test::some_pool other;
  const root strange;
  const participation here(&*pool);
  const pool_state* seen = nullptr;
  scripted j([&](participant_state& p) { seen = current_participant() == &p ? p.pool : nullptr; });
  run_as_visitor(found(j, strange, other), {});
  REQUIRE(seen == &*other);
  REQUIRE(current_participant() == &here.self());
}

TEST_CASE("a pool that nothing else keeps stays until a nested call has given its slot back") {
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> life = token;
  // The state is all that keeps the handler, and with it the token.
  auto* const state = pool_state::create(
      {.num_threads = 0,
       .on_unhandled_exception = [kept = std::move(token)](std::exception_ptr) {}});
  const micropool_test::some_pool home;
  std::thread([&] {
    // Takes the slot that the thread keeps for its next call.
    const participation outer(&*home);
    {
      const participation nested(state);
      // As the thread_pool gives it up, which waits no longer once the call has shown its end.
      state->release();
      CHECK_FALSE(life.expired());
    }
    CHECK(life.expired());
  }).join();
}

TEST_CASE("a pool that nothing else keeps stays until a visit is over") {
  const micropool_test::some_pool home;
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> life = token;
  // The state is all that keeps the handler, and with it the token.
  auto* const state = pool_state::create(
      {.num_threads = 0,
       .on_unhandled_exception = [kept = std::move(token)](std::exception_ptr) {}});
  bool there_in_job = false;
  bool there_after_visit = false;
  std::thread([&] {
    // The slot that the thread keeps for its next call is in use; the visit has one of its own.
    const participation here(&*home);
    const root strange;
    // The last that the pool waited for: with it the thread_pool goes.
    scripted last([&](participant_state& p) {
      p.pool->release();
      there_in_job = !life.expired();
    });
    run_as_visitor({&last, work_origin::stolen(7, 3), &strange, float_environment::here(), state},
                   {});
    there_after_visit = !life.expired();
  }).join();
  REQUIRE(there_in_job);
  REQUIRE_FALSE(there_after_visit);
}
