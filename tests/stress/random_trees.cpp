// SPDX-License-Identifier: MIT OR Apache-2.0
// Random fork-join programs against their serial run. A failure names the round; with
// MICROPOOL_TEST_ROUND=<number> only that round runs.
#include "rounds.hpp"

#include "catch.hpp"
#include "env.hpp"
#include "scale.hpp"
#include "watchdog.hpp"

namespace {

void check(const stress::round_plan& plan) {
  micropool_test::watch_stage(stress::describe(plan));
  const stress::round_report report = stress::run_round(plan);
  for (const std::string& failure : report.failures) FAIL_CHECK(failure);
  REQUIRE(report.failures.empty());
  REQUIRE(report.records > 0);
}

}  // namespace

TEST_CASE("random fork-join programs yield what their serial run yields") {
  if (const auto round = micropool_test::env_number("MICROPOOL_TEST_ROUND")) {
    return check(stress::random_plan(*round));
  }
  stress::for_rounds("random trees", micropool_test::scaled(120),
                     [](std::uint64_t seed) { check(stress::random_plan(seed)); });
}
