// SPDX-License-Identifier: MIT OR Apache-2.0
// enumerate, rev, step_by, cycle, skip, take, skip_exact, take_exact.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/iter.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using list = std::vector<std::size_t>;
constexpr std::size_t endless = std::size_t{1} << 63;
constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

template <class It>
list listed(It it) {
  return std::move(it).template collect<std::vector>();
}
// Where, of however many positions, the wanted item is.
template <class It>
std::size_t position_of_first(It it, std::size_t wanted) {
  return *std::move(it).position_first([=](std::size_t x) { return x == wanted; });
}

template <class It>
concept has_positions = requires(It it) { std::move(it).enumerate(); } &&
                        requires(It it) { std::move(it).rev(); } &&
                        requires(It it) { std::move(it).skip(1); } &&
                        requires(It it) { std::move(it).take(1); } &&
                        requires(It it) { std::move(it).skip_exact(1); } &&
                        requires(It it) { std::move(it).take_exact(1); } &&
                        requires(It it) { std::move(it).step_by(1); };
template <class It>
concept has_some_positions = requires(It it) { std::move(it).enumerate(); } ||
                             requires(It it) { std::move(it).rev(); } ||
                             requires(It it) { std::move(it).skip(1); } ||
                             requires(It it) { std::move(it).take(1); } ||
                             requires(It it) { std::move(it).skip_exact(1); } ||
                             requires(It it) { std::move(it).take_exact(1); } ||
                             requires(It it) { std::move(it).step_by(1); };
template <class It>
concept has_cycle = requires(It it) { std::move(it).cycle(); };

}  // namespace

TEST_CASE("positions are known as long as each of them has one item") {
  std::vector<int> v;
  const auto yes = [](const auto&) { return true; };
  const auto same = [](int x) { return x; };
  using plain = decltype(mp::par_iter(v));
  static_assert(has_positions<plain>);
  static_assert(has_positions<decltype(mp::par_iter(v).map(same).inspect(yes).rev())>);
  static_assert(!has_some_positions<decltype(mp::par_iter(v).filter(yes))>);
  static_assert(!has_some_positions<decltype(mp::par_iter(v).filter(yes).map(same))>);
  static_assert(
      !has_some_positions<decltype(mp::par_iter(v).flat_map([](int) { return list(); }))>);
  static_assert(has_cycle<plain>);
  static_assert(has_cycle<decltype(mp::par_iter(v).rev().skip(1).enumerate())>);
  static_assert(!has_cycle<decltype(mp::par_iter(v).map(same))>);
  static_assert(!has_cycle<decltype(mp::par_iter(std::vector<int>()))>);
  static_assert(!has_cycle<decltype(mp::par_iter(v).filter(yes))>);
}

TEST_CASE("enumerate yields pairs of the position and the item, a reference where items are") {
  mt::on_pools([] {
    std::vector<std::string> v(100);
    auto it = mp::par_iter(v).enumerate();
    static_assert(std::same_as<decltype(it)::item_type, std::pair<std::size_t, std::string&>>);
    std::move(it).for_each([](std::size_t i, std::string& s) { s = std::to_string(i); });
    for (std::size_t i = 0; i < 100; ++i) REQUIRE(v[i] == std::to_string(i));
    REQUIRE(mp::par_iter(v).enumerate().all(
        [](const auto& pair) { return std::to_string(pair.first) == pair.second; }));
  });
}

TEST_CASE("enumerate moves items that can only be moved") {
  std::vector<std::unique_ptr<std::size_t>> v;
  for (std::size_t i = 0; i < 100; ++i) v.push_back(std::make_unique<std::size_t>(i));
  const auto differ = [](std::size_t i, std::unique_ptr<std::size_t> p) { return i != *p; };
  REQUIRE_FALSE(mp::par_iter(std::move(v)).enumerate().map(differ).any([](bool b) { return b; }));
}

TEST_CASE("enumerate counts the positions where it stands") {
  const auto first = [](std::size_t i, std::size_t) { return i; };
  REQUIRE(listed(mt::par_numbers(5).rev().enumerate().map(first)) == list{0, 1, 2, 3, 4});
  REQUIRE(listed(mt::par_numbers(5).enumerate().rev().map(first)) == list{4, 3, 2, 1, 0});
}

TEST_CASE("rev yields the last item first") {
  mt::on_pools([] {
    REQUIRE(listed(mt::par_numbers(5).rev()) == list{4, 3, 2, 1, 0});
    REQUIRE(listed(mt::par_numbers(1).rev()) == list{0});
    REQUIRE(listed(mt::par_numbers(0).rev()).empty());
    REQUIRE(listed(mt::par_numbers(5).rev().rev()) == list{0, 1, 2, 3, 4});
    REQUIRE(position_of_first(mt::par_numbers(endless).rev(), endless - 1 - 5000) == 5000);
  });
}

TEST_CASE("skip and take leave out what there is, and no more") {
  REQUIRE(listed(mt::par_numbers(5).skip(0)) == list{0, 1, 2, 3, 4});
  REQUIRE(listed(mt::par_numbers(5).skip(2)) == list{2, 3, 4});
  REQUIRE(listed(mt::par_numbers(5).skip(5)).empty());
  REQUIRE(listed(mt::par_numbers(5).skip(most)).empty());
  REQUIRE(listed(mt::par_numbers(5).take(0)).empty());
  REQUIRE(listed(mt::par_numbers(5).take(2)) == list{0, 1});
  REQUIRE(listed(mt::par_numbers(5).take(5)) == list{0, 1, 2, 3, 4});
  REQUIRE(listed(mt::par_numbers(5).take(most)) == list{0, 1, 2, 3, 4});
  REQUIRE(listed(mt::par_numbers(5).skip(1).take(3).skip(1)) == list{2, 3});
  REQUIRE(listed(mt::par_numbers(5).rev().take(2)) == list{4, 3});
  REQUIRE(listed(mt::par_numbers(endless).skip(endless - 2)) == list{endless - 2, endless - 1});
}

TEST_CASE("skip and take do not look at what they leave out") {
  std::vector<std::unique_ptr<int>> v;
  for (int i = 0; i < 10; ++i) v.push_back(std::make_unique<int>(i));
  const auto value = [](std::unique_ptr<int> p) { return *p; };
  REQUIRE(mp::par_iter(std::move(v)).skip(2).take(3).map(value).sum() == 9);
  const auto only_3 = [](std::size_t i) {
    if (i != 3) throw std::runtime_error("looked at");
    return i;
  };
  REQUIRE(listed(mt::par_numbers(10).map(only_3).skip(3).take(1)) == list{3});
}

TEST_CASE("skip_exact and take_exact are skip and take where there are enough items") {
  REQUIRE(listed(mt::par_numbers(5).skip_exact(2)) == list{2, 3, 4});
  REQUIRE(listed(mt::par_numbers(5).skip_exact(5)).empty());
  REQUIRE(listed(mt::par_numbers(5).take_exact(2)) == list{0, 1});
  REQUIRE(listed(mt::par_numbers(5).take_exact(5)) == list{0, 1, 2, 3, 4});
  REQUIRE(listed(mt::par_numbers(0).take_exact(0)).empty());
}

TEST_CASE("skip_exact and take_exact say at once that there are too few items") {
  REQUIRE_THROWS_AS(static_cast<void>(mt::par_numbers(5).skip_exact(6)), std::out_of_range);
  REQUIRE_THROWS_WITH(static_cast<void>(mt::par_numbers(5).skip_exact(6)),
                      "micropool: skip_exact(6): there are 5 items; take() and skip() accept fewer");
  REQUIRE_THROWS_AS(static_cast<void>(mt::par_numbers(5).take_exact(7)), std::out_of_range);
  REQUIRE_THROWS_WITH(static_cast<void>(mt::par_numbers(5).take_exact(7)),
                      "micropool: take_exact(7): there are 5 items; take() and skip() accept fewer");
}

TEST_CASE("where the size is not known yet, too few items are reported when the loop begins") {
  mt::on_pools([] {
    auto it = mt::par_prepared(5).rev().take_exact(6);
    REQUIRE_THROWS_WITH(std::move(it).sum(),
                        "micropool: take_exact(6): there are 5 items; take() and skip() accept fewer");
    REQUIRE_THROWS_AS(mt::par_prepared(5).skip_exact(6).count(), std::out_of_range);
    REQUIRE(listed(mt::par_prepared(5).take_exact(2)) == list{0, 1});
    REQUIRE(listed(mt::par_prepared(5).skip_exact(3)) == list{3, 4});
  });
}

TEST_CASE("adaptors take the size of what is prepared from it when it is known") {
  mt::on_pools([] {
    REQUIRE(listed(mt::par_prepared(5).rev()) == list{4, 3, 2, 1, 0});
    REQUIRE(listed(mt::par_prepared(5).skip(3)) == list{3, 4});
    REQUIRE(listed(mt::par_prepared(5).take(2)) == list{0, 1});
    REQUIRE(listed(mt::par_prepared(5).step_by(2)) == list{0, 2, 4});
    REQUIRE(mt::par_prepared(5).enumerate().count() == 5);
  });
}

TEST_CASE("step_by yields the first item and every n-th behind it") {
  for (const std::size_t n : {0u, 1u, 2u, 3u, 9u, 10u, 11u}) {
    for (const std::size_t step : list{1, 2, 3, 10, most}) {
      list expected;
      for (std::size_t i = 0; i < n; i += std::min<std::size_t>(step, 100)) expected.push_back(i);
      REQUIRE(listed(mt::par_numbers(n).step_by(step)) == expected);
    }
  }
  REQUIRE(listed(mt::par_numbers(endless).step_by(endless / 2)) == list{0, endless / 2});
  REQUIRE_THROWS_AS(static_cast<void>(mt::par_numbers(5).step_by(0)), std::invalid_argument);
}

TEST_CASE("cycle repeats the items for ever, and nothing for ever is nothing") {
  mt::on_pools([] {
    const std::vector<int> v{1, 2, 3};
    REQUIRE(mp::par_iter(v).cycle().take(7).collect<std::vector>() ==
            std::vector<int>{1, 2, 3, 1, 2, 3, 1});
    REQUIRE(mp::par_iter(v).cycle().count() == endless);
    REQUIRE(mp::par_iter(v).cycle().cycle().count() == endless);
    REQUIRE(mp::par_iter(v).cycle().skip(endless - 1).collect<std::vector>().size() == 1);
    const std::vector<int> none;
    REQUIRE(mp::par_iter(none).cycle().sum() == 0);
    // References stay references.
    REQUIRE(&*mp::par_iter(v).cycle().find_first([](int x) { return x == 3; }) == &v[2]);
  });
}

TEST_CASE("a cycle ends where a zip or a search does") {
  const std::vector<int> v{1, 2, 3};
  const std::vector<int> w{10, 20, 30, 40};
  const auto add = [](int a, int b) { return a + b; };
  REQUIRE(mp::zip_min(mp::par_iter(v).cycle(), w).map(add).collect<std::vector>() ==
          std::vector<int>{11, 22, 33, 41});
  for (const mp::split s : mt::every_split()) {
    REQUIRE(mp::par_iter(v).with(s).cycle().any([](int x) { return x == 2; }));
  }
}
