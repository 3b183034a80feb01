// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/iter/chunk.hpp>

#include "catch.hpp"

#include <cstdint>
#include <limits>
#include <stdexcept>

namespace {

namespace mp = micropool;
using namespace micropool::detail;

constexpr std::uint64_t huge = std::uint64_t{1} << 63;

// Every position is in exactly one chunk, and no chunk is empty.
void require_whole(const chunking& c, std::uint64_t n) {
  REQUIRE(c.begin_of(0) == 0);
  REQUIRE(c.begin_of(c.count) == n);
  for (std::uint32_t u = 0; u < c.count; ++u) REQUIRE(c.begin_of(u) < c.begin_of(u + 1));
}

}  // namespace

TEST_CASE("every split cuts every small size into whole, non-empty chunks") {
  for (std::uint64_t n = 0; n <= 200; ++n) {
    for (const auto& s :
         {mp::split_auto(), mp::split_by_threads(), mp::split_by(7), mp::split_by(1000),
          mp::split_per(1), mp::split_per(13), mp::split_per(1000), mp::split_per_item()}) {
      for (auto a :
           {combine_order::fixed_tree, combine_order::in_order, combine_order::unordered}) {
        require_whole(make_chunking(n, s, a, 3), n);
      }
    }
  }
}

TEST_CASE("split_by(k) makes k chunks whose sizes differ by one at most") {
  const chunking c = make_chunking(23, mp::split_by(5), combine_order::in_order, 1);
  REQUIRE(c.count == 5);
  for (std::uint32_t u = 0; u < 5; ++u) {
    const std::uint64_t size = c.begin_of(u + 1) - c.begin_of(u);
    REQUIRE((size == 4 || size == 5));
  }
  REQUIRE(make_chunking(3, mp::split_by(5), combine_order::in_order, 1).count == 3);
}

TEST_CASE("split_per(n) makes chunks of n but for the last") {
  const chunking c = make_chunking(23, mp::split_per(5), combine_order::in_order, 1);
  REQUIRE(c.count == 5);
  REQUIRE(c.begin_of(4) == 20);
  REQUIRE(c.begin_of(5) == 23);
}

TEST_CASE("split_by_threads makes a chunk for each participant") {
  REQUIRE(make_chunking(100, mp::split_by_threads(), combine_order::fixed_tree, 4).count == 4);
}

TEST_CASE("the largest sizes do not overflow") {
  for (const std::uint64_t n : {huge, huge - 1, std::numeric_limits<std::uint64_t>::max() / 2}) {
    for (const auto& s : {mp::split_auto(), mp::split_by(7), mp::split_by(huge),
                          mp::split_per(huge), mp::split_per(12345), mp::split_per_item()}) {
      for (auto a : {combine_order::fixed_tree, combine_order::unordered}) {
        const chunking c = make_chunking(n, s, a, 3);
        REQUIRE(c.count > 0);
        REQUIRE(c.begin_of(0) == 0);
        REQUIRE(c.begin_of(c.count) == n);
        REQUIRE(c.begin_of(c.count - 1) < n);
        REQUIRE(c.begin_of(c.count / 2) <= c.begin_of(c.count / 2 + 1));
      }
    }
  }
}

TEST_CASE("where parts may be put together anyhow, the automatic split cuts down to one position") {
  REQUIRE(make_chunking(1'000'000, mp::split_auto(), combine_order::unordered, 2).count ==
          1'000'000);
}

TEST_CASE("where they may not, its chunks depend on the size alone") {
  for (const std::uint64_t n : {1u, 100u, 128u, 129u, 5000u, 1'000'000u}) {
    const chunking one = make_chunking(n, mp::split_auto(), combine_order::fixed_tree, 1);
    const chunking many = make_chunking(n, mp::split_auto(), combine_order::fixed_tree, 64);
    REQUIRE(one.count == many.count);
    REQUIRE(one.size == many.size);
    REQUIRE(one.count <= 2048);
  }
}

TEST_CASE("a piece at the front is a node of the fixed tree") {
  for (std::uint32_t first = 0; first < 70; ++first) {
    for (std::uint32_t last = first + 1; last < 70; ++last) {
      for (std::uint32_t wanted = 1; wanted < 70; ++wanted) {
        const std::uint32_t n = aligned_front({first, last}, wanted);
        REQUIRE(n >= 1);
        REQUIRE(n <= wanted);
        REQUIRE(first + n <= last);
        REQUIRE((n & (n - 1)) == 0);
        REQUIRE(first % n == 0);
      }
    }
  }
}

TEST_CASE("a thief takes the rear half, and the whole of a single chunk") {
  REQUIRE(middle_of({4, 10}) == 7);
  REQUIRE(middle_of({4, 7}) == 5);
  REQUIRE(middle_of({4, 5}) == 4);
}

TEST_CASE("a split into nothing is refused") {
  REQUIRE_THROWS_WITH(mp::split_by(0), micropool_test::contains("split_by(0)"));
  REQUIRE_THROWS_WITH(mp::split_per(0), micropool_test::contains("split_per(0)"));
  REQUIRE_THROWS_AS(mp::split_by(0), std::invalid_argument);
  REQUIRE_THROWS_AS(mp::split(mp::split::kind::by_count, 0), std::invalid_argument);
  REQUIRE_THROWS_AS(mp::split(mp::split::kind::per_items, 0), std::invalid_argument);
}

TEST_CASE("a split of another kind is refused with its value") {
  REQUIRE_THROWS_AS(mp::split(static_cast<mp::split::kind>(9), 1), std::invalid_argument);
  REQUIRE_THROWS_WITH(mp::split(static_cast<mp::split::kind>(9), 1),
                      micropool_test::contains("kind = 9"));
  static_assert(mp::split(mp::split::kind::by_count, 3) == mp::split_by(3));
}
