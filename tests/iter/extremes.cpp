// SPDX-License-Identifier: MIT OR Apache-2.0
// min, max, minmax.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

struct ranked {
  int rank;
  std::size_t index;
};
constexpr auto by_rank = [](const ranked& a, const ranked& b) { return a.rank < b.rank; };

// Ranks 0 to 6 many times over.
std::vector<ranked> tied(std::size_t n) {
  std::vector<ranked> all;
  for (std::size_t i = 0; i < n; ++i) all.push_back({static_cast<int>((i * 5 + 3) % 7), i});
  return all;
}

}  // namespace

TEST_CASE("extremes of references are references, of values are values") {
  std::vector<int> v{2, 1, 3};
  const std::vector<int>& c = v;
  static_assert(std::same_as<decltype(mp::par_iter(v).min()), mp::optional_ref<int>>);
  static_assert(std::same_as<decltype(mp::par_iter(c).max()), mp::optional_ref<const int>>);
  static_assert(std::same_as<decltype(mt::par_numbers(3).min()), std::optional<std::size_t>>);
  static_assert(
      std::same_as<decltype(mp::par_iter(v).async().max()), mp::task<mp::optional_ref<int>>>);
  const auto both = mp::par_iter(v).minmax();
  static_assert(std::same_as<decltype(both->min), int&>);
  static_assert(std::same_as<decltype(mt::par_numbers(3).minmax()->max), std::size_t>);
  REQUIRE(&both->min == &v[1]);
  REQUIRE(&both->max == &v[2]);
  *mp::par_iter(v).max() = 7;
  REQUIRE(v[2] == 7);
}

TEST_CASE("nothing has no extremes") {
  std::vector<std::string> none;
  REQUIRE(!mp::par_iter(none).min());
  REQUIRE(!mp::par_iter(none).max_by_key(&std::string::size));
  REQUIRE(!mp::par_iter(none).minmax());
  REQUIRE(!mt::par_numbers(0).min());
  REQUIRE(!mt::par_numbers(0).max_by_key([](std::size_t i) { return i; }));
  REQUIRE(!mt::par_numbers(9).filter([](std::size_t) { return false; }).minmax());
}

TEST_CASE("a single item is the minimum and the maximum") {
  const auto both = mt::par_numbers(1).map([](std::size_t) { return std::string("one"); }).minmax();
  REQUIRE(both->min == "one");
  REQUIRE(both->max == "one");
}

TEST_CASE(
    "of equal items the first is the minimum and the last the maximum, however the loop is cut") {
  for (const std::size_t n : {1, 2, 7, 64, 1000}) {
    auto items = tied(n);
    const auto expected = std::ranges::minmax_element(items, by_rank);
    mt::on_pools([&] {
      for (const mp::split& s : mt::every_split()) {
        CHECK(&*mp::par_iter(items).with(s).min_by(by_rank) == &*expected.min);
        CHECK(&*mp::par_iter(items).with(s).max_by(by_rank) == &*expected.max);
        CHECK(&*mp::par_iter(items).with(s).min_by_key(&ranked::rank) == &*expected.min);
        CHECK(&*mp::par_iter(items).with(s).max_by_key(&ranked::rank) == &*expected.max);
        const auto by = mp::par_iter(items).with(s).minmax_by(by_rank);
        CHECK((&by->min == &*expected.min && &by->max == &*expected.max));
        const auto key = mp::par_iter(items).with(s).minmax_by_key(&ranked::rank);
        CHECK((&key->min == &*expected.min && &key->max == &*expected.max));
      }
    });
  }
}

TEST_CASE("a key is computed once for each item") {
  mt::on_pools([] {
    std::atomic<int> calls{0};
    const auto key = [&](std::size_t i) {
      ++calls;
      return std::to_string(i % 10);
    };
    CHECK(mt::par_numbers(100).min_by_key(key) == 0u);
    CHECK(mt::par_numbers(100).max_by_key(key) == 99u);
    const auto both = mt::par_numbers(100).minmax_by_key(key);
    CHECK((both->min == 0 && both->max == 99));
    CHECK(calls == 300);
  });
}

TEST_CASE("a key may be a part of the item that only moves") {
  std::vector<std::unique_ptr<int>> items;
  for (int i = 0; i < 100; ++i) items.push_back(std::make_unique<int>(i % 10));
  const auto value = [](const std::unique_ptr<int>& p) -> const int& { return *p; };
  REQUIRE(&*mp::par_iter(items).min_by_key(value) == &items[0]);
  REQUIRE(&*mp::par_iter(items).max_by_key(value) == &items[99]);
  REQUIRE(&mp::par_iter(items).minmax_by_key(value)->max == &items[99]);
  std::optional<std::unique_ptr<int>> moved = mp::par_iter(std::move(items)).max_by_key(value);
  REQUIRE(**moved == 9);
}

TEST_CASE("pairs of an index and a reference are kept, not written through") {
  std::vector<int> v{4, 2, 9, 2, 9};
  const std::vector<int> before = v;
  const auto second = [](const auto& pair) { return pair.second; };
  const auto lowest = mp::par_iter(v).enumerate().min_by_key(second);
  const auto highest = mp::par_iter(v).enumerate().max_by_key(second);
  REQUIRE((lowest->first == 1 && &lowest->second == &v[1]));
  REQUIRE((highest->first == 4 && &highest->second == &v[4]));
  REQUIRE(v == before);
}

TEST_CASE("numbers that are not ordered give the same bits on every pool") {
  // Where a part begins with a NaN, it stays; so the answer tells where the loop was cut.
  std::vector<double> items(3000, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < items.size(); i += 7) items[i] = 5000 - static_cast<double>(i);
  const auto bits = [&](const mp::split& s, bool with_help) {
    mt::meeting_of_two meeting;
    const auto meet = [&](double x) {
      if (with_help) meeting.pass();
      return x;
    };
    const auto both = mp::par_iter(items).map(meet).with(s).minmax();
    return std::pair(std::bit_cast<std::uint64_t>(both->min),
                     std::bit_cast<std::uint64_t>(both->max));
  };
  mp::thread_pool alone({.num_threads = 0});
  for (const mp::split& s : {mp::split_per_item(), mp::split_per(10), mp::split_by(7)}) {
    const auto expected = alone.install([&] { return bits(s, false); });
    for (const std::size_t workers : {1u, 3u}) {
      mp::thread_pool pool({.num_threads = workers});
      for (int i = 0; i < 50; ++i) CHECK(pool.install([&] { return bits(s, true); }) == expected);
    }
  }
}

TEST_CASE("chunks without any item do not count") {
  mp::thread_pool pool({.num_threads = 1});
  pool.install([] {
    for (const mp::split& s : {mp::split_per_item(), mp::split_per(10), mp::split_by(7)}) {
      for (const std::size_t only : {0, 57, 199}) {
        // By two participants, so that one of them has no item.
        const auto numbers = [&] {
          const auto is_the_one =
              [only, meeting = std::make_shared<mt::meeting_of_two>()](std::size_t i) {
                meeting->pass();
                return i == only;
              };
          return mt::par_numbers(200).filter(is_the_one).with(s);
        };
        CHECK(numbers().min() == only);
        CHECK(numbers().max() == only);
        CHECK(numbers().minmax()->min == only);
        CHECK(numbers().minmax()->max == only);
      }
    }
  });
}

TEST_CASE("what less throws leaves the consumer") {
  mt::on_pools([] {
    const auto refuses = [](std::size_t a, std::size_t b) {
      if (a == 77 || b == 77) throw std::runtime_error("77");
      return a < b;
    };
    CHECK_THROWS_WITH(mt::par_numbers(100).max_by(refuses), "77");
    CHECK_THROWS_WITH(mt::par_numbers(100).minmax_by(refuses), "77");
  });
}
