// SPDX-License-Identifier: MIT OR Apache-2.0
// cmp, eq, lt and their kin.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <compare>
#include <concepts>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

struct only_less {
  int n;
  friend bool operator<(only_less a, only_less b) { return a.n < b.n; }
};

const std::vector<std::vector<int>> words = {{},  {1},       {1, 1}, {1, 2},
                                             {2}, {1, 1, 1}, {2, 1}, {0, 9, 9}};

}  // namespace

TEST_CASE("comparisons agree with those of vectors") {
  mt::on_pools([] {
    for (const auto& a : words) {
      for (const auto& b : words) {
        CHECK(mp::par_iter(a).cmp(b) == (a <=> b));
        CHECK(mp::par_iter(a).partial_cmp(b) == (a <=> b));
        CHECK(mp::par_iter(a).eq(b) == (a == b));
        CHECK(mp::par_iter(a).ne(b) == (a != b));
        CHECK(mp::par_iter(a).lt(b) == (a < b));
        CHECK(mp::par_iter(a).le(b) == (a <= b));
        CHECK(mp::par_iter(a).gt(b) == (a > b));
        CHECK(mp::par_iter(a).ge(b) == (a >= b));
        CHECK(mp::par_iter(a).cmp_by(b, [](int x, int y) { return y <=> x; }) ==
              std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(),
                                                     [](int x, int y) { return y <=> x; }));
        CHECK(mp::par_iter(a).cmp_by_key(b, [](int x) { return std::to_string(x); }) == (a <=> b));
      }
    }
  });
}

TEST_CASE("the other side is whatever par_iter takes, and a chain") {
  const std::vector<int> v{1, 2, 3};
  REQUIRE(mp::par_iter(v).eq(std::vector<int>{1, 2, 3}));
  REQUIRE(mp::par_iter(v).eq(mp::par_iter(v)));
  REQUIRE(mp::par_iter(v).eq(mp::par_iter(v).map([](int x) { return static_cast<long>(x); })));
  REQUIRE((mt::par_numbers(9).cmp(mt::numbers{10}) < 0));
  REQUIRE((mt::par_prepared(9).cmp(mt::par_prepared(8)) > 0));
  REQUIRE(mt::par_numbers(9).eq(mt::par_prepared(9)));
  REQUIRE((mp::par_iter(std::vector<std::string>{"a"}).cmp(std::vector<std::string>{"b"}) < 0));
  REQUIRE(mp::sync_wait(mp::par_iter(v).async().eq(v)));
}

TEST_CASE("the type of an order is as strong as that of the items") {
  const std::vector<double> d{1};
  const std::vector<int> i{1};
  static_assert(std::same_as<decltype(mp::par_iter(i).cmp(i)), std::strong_ordering>);
  static_assert(std::same_as<decltype(mp::par_iter(i).partial_cmp(i)), std::partial_ordering>);
  static_assert(std::same_as<decltype(mp::par_iter(d).cmp_by_key(d, [](double x) { return x; })),
                             std::partial_ordering>);
  static_assert(std::same_as<decltype(mp::par_iter(i).cmp_by(
                                 i, [](int, int) { return std::weak_ordering::less; })),
                             std::weak_ordering>);
  REQUIRE((mp::par_iter(i).partial_cmp(d) == 0));
}

TEST_CASE("a NaN decides, and is neither less nor greater") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> a{1, nan, 3}, b{1, 2, 4}, c{2, nan, 1};
  REQUIRE(mp::par_iter(a).partial_cmp(b) == std::partial_ordering::unordered);
  REQUIRE((mp::par_iter(a).partial_cmp(c) < 0));
  REQUIRE(!mp::par_iter(a).lt(b));
  REQUIRE(!mp::par_iter(a).le(b));
  REQUIRE(!mp::par_iter(a).gt(b));
  REQUIRE(!mp::par_iter(a).ge(b));
  REQUIRE(mp::par_iter(a).ne(a));
}

TEST_CASE("items that have no more than < are ordered by it") {
  const std::vector<only_less> a{{1}, {2}}, b{{1}, {3}};
  REQUIRE(mp::par_iter(a).lt(b));
  REQUIRE(mp::par_iter(b).gt(a));
  REQUIRE((mp::par_iter(a).partial_cmp(a) == 0));
}

TEST_CASE("eq of different sizes looks at nothing; else at each position once") {
  mt::on_pools([] {
    std::atomic<int> looked_at{0};
    const auto look = [&](std::size_t i) {
      ++looked_at;
      return i;
    };
    CHECK(!mt::par_numbers(100).map(look).eq(mt::par_numbers(101).map(look)));
    CHECK(mt::par_numbers(100).map(look).ne(mt::par_numbers(99).map(look)));
    CHECK((looked_at == 0));
    CHECK(mt::par_numbers(100).map(look).eq(mt::par_numbers(100).map(look)));
    CHECK(looked_at == 200);
    CHECK((mt::par_numbers(100).map(look).cmp(mt::par_numbers(70).map(look)) > 0));
    CHECK(looked_at == 340);
  });
}

TEST_CASE("huge chains are compared up to the first difference") {
  mt::on_pools([] {
    const std::size_t huge = std::size_t{1} << 62;
    const auto differs = [](std::size_t i) { return i == 5000 ? i + 1 : i; };
    CHECK((mt::par_numbers(huge).cmp(mt::par_numbers(huge).map(differs)) < 0));
    CHECK(mt::par_numbers(huge).map(differs).gt(mt::numbers{huge}));
    CHECK(!mt::par_numbers(huge).map([](std::size_t i) { return i / 2; }).eq(mt::numbers{huge}));
  });
}

TEST_CASE("what either side throws before the first difference leaves the consumer") {
  mt::on_pools([] {
    const auto throws_at = [](std::size_t at) {
      return [at](std::size_t i) {
        if (i == at) throw std::runtime_error(std::to_string(i));
        return i == 50 ? i + 1 : i;
      };
    };
    for (const mp::split& s : mt::every_split()) {
      CHECK_THROWS_WITH(mt::par_numbers(90).with(s).cmp(mt::par_numbers(90).map(throws_at(40))),
                        "40");
      CHECK((mt::par_numbers(90).with(s).cmp(mt::par_numbers(90).map(throws_at(60))) < 0));
    }
  });
}
