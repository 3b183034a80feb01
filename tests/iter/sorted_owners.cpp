// SPDX-License-Identifier: MIT OR Apache-2.0
// What either sort does with elements that own something, and with what they throw.
#include "catch.hpp"
#include "seed.hpp"
#include "sorting.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

struct unstable {
  static constexpr std::size_t large = 5000;  // for buckets
  template <class... Args>
  static void sort(Args&&... args) {
    mp::par_sort(std::forward<Args>(args)...);
  }
};
struct stable {
  static constexpr std::size_t large = 9000;  // for several blocks, and merges in pieces
  template <class... Args>
  static void sort(Args&&... args) {
    mp::par_stable_sort(std::forward<Args>(args)...);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("sorts move elements that can only be moved, and destroy what they have made",
                   "", unstable, stable) {
  auto random = mt::seeded_engine("sorted owners");
  const std::size_t n = 30'000;
  for (const std::size_t workers : {std::size_t{0}, std::size_t{3}}) {
    mp::thread_pool pool({.num_threads = workers});
    for (const auto& a : mt::arrangements(random)) {
      mt::census living;
      {
        std::vector<mt::owner> v;
        std::vector<int> expected = mt::arranged(a, n);
        for (const int x : expected) v.emplace_back(living, x);
        pool.install([&] { TestType::sort(v, std::ranges::less(), &mt::owner::value); });
        REQUIRE(living.alive() == static_cast<int>(n));
        std::sort(expected.begin(), expected.end());
        REQUIRE(std::ranges::equal(v, expected, {}, &mt::owner::value));
      }
      REQUIRE(living.alive() == 0);
    }
  }
}

TEMPLATE_TEST_CASE("a comparison of a sort that throws, whichever it is, loses no element", "",
                   unstable, stable) {
  auto random = mt::seeded_engine("sort throws");
  for (const std::size_t workers : {std::size_t{0}, std::size_t{3}}) {
    mp::thread_pool pool({.num_threads = workers});
    for (const std::size_t n :
         {std::size_t{10}, std::size_t{60}, std::size_t{200}, TestType::large}) {
      for (const auto& a : mt::few_arrangements(random)) {
        // Every one of small ranges, and one of each stretch of large ones.
        const long step = n < 100 ? 1 : n < 1000 ? 29 : 7001;
        for (long k = 1;; k += step) {
          mt::census living;
          std::vector<mt::owner> v;
          std::vector<int> expected = mt::arranged(a, n);
          for (const int x : expected) v.emplace_back(living, x);
          mt::fuse fuse(k);
          const int thrown = mt::thrown_by([&] {
            pool.install([&] {
              TestType::sort(v, [&fuse](const mt::owner& left, const mt::owner& right) {
                fuse.step();
                return left.value() < right.value();
              });
            });
          });
          REQUIRE(living.alive() == static_cast<int>(n));
          REQUIRE(std::ranges::all_of(v, &mt::owner::has_value));
          REQUIRE(thrown == (fuse.has_blown() ? 1 : -1));
          if (thrown == 1) std::ranges::sort(v, {}, &mt::owner::value);
          std::sort(expected.begin(), expected.end());
          REQUIRE(std::ranges::equal(v, expected, {}, &mt::owner::value));
          if (thrown == -1) break;
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("a move of a sort that throws, whichever it is, leaves all objects alive, once",
                   "", unstable, stable) {
  auto random = mt::seeded_engine("sort fragile");
  for (const std::size_t workers : {std::size_t{0}, std::size_t{3}}) {
    mp::thread_pool pool({.num_threads = workers});
    for (const std::size_t n : {std::size_t{20}, TestType::large}) {
      for (long k = 1;; k += n < 100 ? 1 : 297) {
        mt::census living;
        mt::fuse fuse(k);
        int thrown = 0;
        {
          std::deque<mt::fragile> v;
          for (std::size_t i = 0; i < n; ++i) {
            v.emplace_back(living, fuse, static_cast<int>(random() % 1000));
          }
          thrown = mt::thrown_by([&] {
            pool.install([&] { TestType::sort(v, std::ranges::less(), &mt::fragile::value); });
          });
          REQUIRE(living.alive() == static_cast<int>(n));
          if (thrown == -1) REQUIRE(std::ranges::is_sorted(v, {}, &mt::fragile::value));
          // One may have been lost on its way; the others are there.
          if (thrown == 1) REQUIRE(std::ranges::count(v, -1, &mt::fragile::value) <= 2);
        }
        REQUIRE(living.alive() == 0);
        if (thrown == -1) break;
      }
    }
  }
}
