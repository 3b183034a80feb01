// SPDX-License-Identifier: MIT OR Apache-2.0
// What a thread that ends a pool waits for is reported to it: otherwise it looks ever more rarely.
#include "sched/end_event.hpp"

#include "catch.hpp"
#include "some_pool.hpp"

#include <micropool/detail/sched/scheduler.hpp>

#include <optional>

using namespace micropool::detail;

TEST_CASE("a call that ends is reported if its pool stops, and only then") {
  const micropool_test::some_pool pool;
  const bool stops = GENERATE(true, false);
  std::optional<participation> call(&*pool);
  pool->stopping.store(stops);
  const auto before = end_events();
  call.reset();
  const auto after = end_events();
  pool->stopping.store(false);
  CHECK((after != before) == stops);
}

TEST_CASE("a visit that ends is reported if its pool stops") {
  const micropool_test::some_pool pool;
  std::optional<participation> visit(std::in_place, participation::visit{}, *pool);
  pool->stopping.store(true);
  const auto before = end_events();
  visit.reset();
  CHECK(end_events() != before);
}
