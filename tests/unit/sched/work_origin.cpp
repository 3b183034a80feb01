// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sched/registry.hpp"
#include "sched/work_origin.hpp"

#include "catch.hpp"
#include "some_pool.hpp"

#include <cstdint>

using micropool::detail::blocked_call;
using micropool::detail::registry;
using micropool::detail::root;
using micropool::detail::work_origin;

TEST_CASE("a work unit names nothing, a stolen element, or an inbox") {
  const micropool_test::some_pool pool;
  const root r;
  blocked_call call(*pool, r);
  blocked_call other(*pool, r);
  const work_origin none;
  const work_origin stolen = work_origin::stolen(7, 12);
  const work_origin inbox = work_origin::of_inbox(call.home);

  REQUIRE(none.none());
  REQUIRE_FALSE(none.from_inbox());
  REQUIRE_FALSE(stolen.none());
  REQUIRE_FALSE(stolen.from_inbox());
  REQUIRE(stolen.victim() == 7);
  REQUIRE_FALSE(inbox.none());
  REQUIRE(inbox.from_inbox());
  REQUIRE(inbox.is_from(call.home));
  REQUIRE_FALSE(inbox.is_from(other.home));
  REQUIRE_FALSE(stolen.is_from(call.home));
  REQUIRE_FALSE(none.is_from(call.home));
}

TEST_CASE("work units are equal if they name the same thing") {
  REQUIRE(work_origin::stolen(3, 5) == work_origin::stolen(3, 5));
  REQUIRE_FALSE(work_origin::stolen(3, 5) == work_origin::stolen(3, 6));
  REQUIRE_FALSE(work_origin::stolen(3, 5) == work_origin::stolen(4, 5));
  REQUIRE_FALSE(work_origin::stolen(0, 0) == work_origin());
}

TEST_CASE("the largest number of a participant fits") {
  for (const std::uint32_t victim : {0u, 1u, 63u, 64u, 0x7fffu, 0x8000u, registry::capacity - 1}) {
    const work_origin s = work_origin::stolen(victim, (std::int64_t{1} << 47) - 1);
    REQUIRE(s.victim() == victim);
    REQUIRE_FALSE(s.from_inbox());
    REQUIRE_FALSE(s.none());
  }
}

TEST_CASE("a stolen index is compared with a base") {
  for (const std::int64_t index : {std::int64_t{0}, std::int64_t{1}, std::int64_t{1000},
                                   std::int64_t{1} << 40}) {
    const work_origin s = work_origin::stolen(2, index);
    REQUIRE(s.at_or_above(index));
    REQUIRE(s.at_or_above(index - 1));
    REQUIRE(s.at_or_above(index - 100'000));
    REQUIRE_FALSE(s.at_or_above(index + 1));
    REQUIRE_FALSE(s.at_or_above(index + 100'000));
  }
}

TEST_CASE("the comparison holds where the kept bits of the index wrap around") {
  const std::int64_t wrap = std::int64_t{1} << 47;
  for (const std::int64_t times : {1, 2, 1000}) {
    const std::int64_t at = times * wrap;
    REQUIRE(work_origin::stolen(2, at).at_or_above(at));
    REQUIRE(work_origin::stolen(2, at).at_or_above(at - 1));
    REQUIRE(work_origin::stolen(2, at + 5).at_or_above(at - 5));
    REQUIRE_FALSE(work_origin::stolen(2, at - 1).at_or_above(at));
    REQUIRE_FALSE(work_origin::stolen(2, at - 5).at_or_above(at + 5));
    REQUIRE(work_origin::stolen(2, at + wrap / 4).at_or_above(at));
    REQUIRE_FALSE(work_origin::stolen(2, at).at_or_above(at + wrap / 4));
  }
}
