// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 3 as a property: whatever a blocked thread runs descends from what it is blocked on.
// Every execution is recorded as (thread, what it is blocked on, node that it runs); the tree knows
// the node's ancestry; no record may break the rule.
#include "rounds.hpp"
#include "witness.hpp"

#include "catch.hpp"
#include "scale.hpp"
#include "watchdog.hpp"

#include <cstddef>
#include <random>

namespace {

using namespace stress;

// Much to steal for everybody at any time: several roots, nested blocking calls, uneven leaves.
round_plan tempting_plan(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  round_plan plan;
  plan.seed = seed;
  plan.workers = 1 + random() % 4;
  plan.other_workers = random() % 2;
  plan.callers = 2 + random() % 3;
  plan.trees = 3;
  plan.idle_spin = std::chrono::microseconds(random() % 2 == 0 ? random() % 10 : 1000);
  plan.trees_shape.nodes = 400;
  plan.trees_shape.depth = 12;
  plan.trees_shape.spin = 2'000;
  plan.trees_shape.long_spin = 100'000;
  plan.trees_shape.throw_percent = 1;
  plan.trees_shape.sleep_percent = 15;
  plan.trees_shape.awaited_percent = static_cast<unsigned>(random() % 3) * 30;
  plan.trees_shape.two_pools = random() % 4 == 0;
  plan.trees_shape.task_percent = static_cast<unsigned>(random() % 3) * 15;
  plan.trees_shape.commons = 2;
  return plan;
}

tree chain_of_two_joins() {
  tree t;
  t.nodes.resize(4);
  t.nodes[0] = {.what = kind::join, .children = {1, 2}, .waits = 0, .begin = 0, .end = 4};
  t.nodes[1] = {.what = kind::join, .children = {3}, .waits = 0, .begin = 1, .end = 3};
  t.nodes[2] = {.what = kind::leaf, .children = {}, .waits = 0, .begin = 3, .end = 4};
  t.nodes[3] = {.what = kind::leaf, .children = {}, .waits = 1, .begin = 2, .end = 3};
  return t;
}

}  // namespace

TEST_CASE("promise 3: a blocked thread runs only what it waits for, in random programs") {
  static std::size_t records, helped;
  records = helped = 0;
  for_rounds("scope rule", micropool_test::scaled(40), [](std::uint64_t seed) {
    const round_plan plan = tempting_plan(seed);
    micropool_test::watch_stage(describe(plan));
    const round_report report = run_round(plan);
    for (const std::string& failure : report.failures) FAIL_CHECK(failure);
    REQUIRE(report.failures.empty());
    records += report.records;
    helped += report.helped;
  });
  // Else nothing has been tested.
  REQUIRE(records > 10'000);
  REQUIRE(helped > 10);
}

TEST_CASE("the rule of promise 3 tells descendants from siblings, ancestors and strangers") {
  const tree t = chain_of_two_joins();
  const tree other = chain_of_two_joins();
  REQUIRE(may_run({}, {&t, 3}));
  REQUIRE(may_run({&t, 0}, {&t, 3}));
  REQUIRE(may_run({&t, 1}, {&t, 3}));
  REQUIRE(may_run({&t, 1}, {&t, 1}));
  REQUIRE_FALSE(may_run({&t, 1}, {&t, 2}));
  REQUIRE_FALSE(may_run({&t, 1}, {&t, 0}));
  REQUIRE_FALSE(may_run({&t, 0}, {&other, 3}));
}

TEST_CASE("the witness of promise 3 notices what a blocked thread must not run") {
  const tree t = chain_of_two_joins();
  witness seen;
  seen.ran({&t, 0});
  {
    const blocked_on outer({&t, 0});
    seen.ran({&t, 2});
    {
      const blocked_on inner({&t, 1});
      seen.ran({&t, 3});
    }
    seen.ran({&t, 2});
    REQUIRE_FALSE(seen.violation());
    const blocked_on inner({&t, 1});
    seen.ran({&t, 2});
  }
  REQUIRE(seen.violation());
  REQUIRE_THAT(*seen.violation(), micropool_test::contains("blocked on node 1 < 0"));
}
