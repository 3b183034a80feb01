// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sched/spin.hpp"

#include "catch.hpp"

#include <chrono>

using micropool::detail::spin;
using clock_type = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST_CASE("no spin at all ends at once") {
  spin s{nanoseconds(0)};
  REQUIRE_FALSE(s.once());
  s.restart();
  REQUIRE_FALSE(s.once());
}

TEST_CASE("a spin lasts at least as long as it was told to") {
  const auto limit = milliseconds(3);
  spin s{limit};
  for (int round = 0; round < 3; ++round) {
    const auto before = clock_type::now();
    while (s.once()) {
    }
    REQUIRE(clock_type::now() - before >= limit);
    s.restart();
  }
}

TEST_CASE("work found in between starts the patience anew") {
  const auto limit = milliseconds(5);
  spin s{limit};
  const auto first = clock_type::now();
  while (clock_type::now() - first < limit / 2) s.once();
  s.restart();
  const auto before = clock_type::now();
  while (s.once()) {
  }
  REQUIRE(clock_type::now() - before >= limit);
}

TEST_CASE("a very long spin does not overflow") {
  spin s{std::chrono::years(1)};
  for (int k = 0; k < 1000; ++k) REQUIRE(s.once());
}
