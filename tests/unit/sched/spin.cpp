// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sched/spin.hpp"

#include "catch.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

using micropool::detail::spin;
using clock_type = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST_CASE("no spin at all ends at once") {
  spin s{nanoseconds(0), 1};
  REQUIRE_FALSE(s.once());
  s.restart();
  REQUIRE_FALSE(s.once());
}

TEST_CASE("a spin lasts at least as long as it was told to") {
  const auto limit = milliseconds(3);
  spin s{limit, 1};
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
  spin s{limit, 1};
  const auto first = clock_type::now();
  while (clock_type::now() - first < limit / 2) s.once();
  s.restart();
  const auto before = clock_type::now();
  while (s.once()) {
  }
  REQUIRE(clock_type::now() - before >= limit);
}

TEST_CASE("a very long spin does not overflow") {
  spin s{std::chrono::years(1), 1};
  for (int k = 0; k < 1000; ++k) REQUIRE(s.once());
}

TEST_CASE("in a small pool every round looks for work") {
  spin s{milliseconds(1), 8};
  for (int k = 0; k < 100; ++k) REQUIRE(s.looks());
}

TEST_CASE("in a large pool rounds in vain leave out more and more looks, up to a bound") {
  constexpr int rounds = 1'000;
  spin s{milliseconds(1), 64};
  const auto gaps = [&s] {
    std::vector<int> all;
    for (int k = 0, last = -1; k < rounds; ++k) {
      if (!s.looks()) continue;
      all.push_back(k - last);
      last = k;
    }
    return all;
  };
  const auto first = gaps();
  REQUIRE(std::vector<int>(first.begin(), first.begin() + 6) == std::vector<int>{1, 1, 2, 4, 8, 8});
  REQUIRE(*std::max_element(first.begin(), first.end()) == 8);
  s.restart();
  REQUIRE(s.looks());
  REQUIRE(s.looks());
  REQUIRE_FALSE(s.looks());
}

TEST_CASE("in a pool of any size the rounds between two looks take a few microseconds at most") {
  spin s{milliseconds(1), 100'000};
  int longest = 0;
  for (int k = 0, last = 0; k < 10'000; ++k) {
    if (!s.looks()) continue;
    longest = std::max(longest, k - last);
    last = k;
  }
  REQUIRE(longest == 32);
}
