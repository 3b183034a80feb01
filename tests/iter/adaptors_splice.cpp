// SPDX-License-Identifier: MIT OR Apache-2.0
// chain, interleave, intersperse.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/iter.hpp>
#include <micropool/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using list = std::vector<std::size_t>;
constexpr std::size_t endless = std::size_t{1} << 63;

template <class It>
list listed(It it) {
  return std::move(it).template collect<std::vector>();
}
list interleaved(std::size_t a, std::size_t b) {
  list all;
  for (std::size_t i = 0; i < std::max(a, b); ++i) {
    if (i < a) all.push_back(i);
    if (i < b) all.push_back(100 + i);
  }
  return all;
}

template <class A, class B>
using chained_t = typename decltype(mp::par_iter(std::declval<A>())
                                        .chain(mp::par_iter(std::declval<B>())))::item_type;
template <class It, class Other>
concept chains = requires(It it, Other other) { std::move(it).chain(std::forward<Other>(other)); };
template <class It, class Other>
concept interleaves =
    requires(It it, Other other) { std::move(it).interleave(std::forward<Other>(other)); };
template <class It, class T>
concept intersperses = requires(It it, T value) { std::move(it).intersperse(value); };

}  // namespace

TEST_CASE("chain yields the items and those of another source behind them") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      for (const auto& [a, b] : {std::pair(0, 0), {0, 3}, {3, 0}, {1, 1}, {40, 60}}) {
        list expected;
        for (std::size_t i = 0; i < static_cast<std::size_t>(a); ++i) expected.push_back(i);
        for (std::size_t i = 0; i < static_cast<std::size_t>(b); ++i) expected.push_back(i);
        const auto left = mt::numbers{static_cast<std::size_t>(a)};
        const auto right = mt::numbers{static_cast<std::size_t>(b)};
        REQUIRE(listed(mp::par_iter(left).with(s).chain(right)) == expected);
      }
    }
  });
}

TEST_CASE("chain takes a range, a container that is given away, a user's source or an iterator") {
  list v{1, 2};
  REQUIRE(listed(mp::par_iter(v).chain(v)) == list{1, 2, 1, 2});
  REQUIRE(listed(mp::par_iter(v).chain(std::span(v))) == list{1, 2, 1, 2});
  REQUIRE(listed(mp::par_iter(v).chain(list{3})) == list{1, 2, 3});
  REQUIRE(listed(mp::par_iter(v).chain(mt::numbers{2})) == list{1, 2, 0, 1});
  REQUIRE(listed(mp::par_iter(v).chain(mt::par_numbers(3).rev())) == list{1, 2, 2, 1, 0});
  REQUIRE(listed(mp::par_iter(v).chain(v).chain(v)) == list{1, 2, 1, 2, 1, 2});
  static_assert(!chains<decltype(mp::par_iter(v)), int>);
  static_assert(!chains<decltype(mp::par_iter(v)), std::vector<std::string>&>);
}

TEST_CASE("items of a chain are references if both sources yield them, and else values") {
  using ints = std::vector<int>;
  static_assert(std::same_as<chained_t<ints&, ints&>, int&>);
  static_assert(std::same_as<chained_t<ints&, const ints&>, const int&>);
  static_assert(std::same_as<chained_t<ints&, ints>, int>);
  static_assert(std::same_as<chained_t<const std::vector<std::string>&, std::vector<std::string>>,
                             std::string>);
  static_assert(std::same_as<chained_t<ints, std::vector<double>>, double>);
  ints v{1, 2};
  ints w{3};
  mp::par_iter(v).chain(w).for_each([](int& x) { ++x; });
  REQUIRE(v == ints{2, 3});
  REQUIRE(w == ints{4});
  REQUIRE(mp::par_iter(v).chain(std::vector<double>{0.5}).sum() == 5.5);
}

TEST_CASE("a chain of sources that can only be moved moves each item once") {
  const auto pointers = [] {
    std::vector<std::unique_ptr<int>> v;
    for (int i = 0; i < 50; ++i) v.push_back(std::make_unique<int>(i));
    return v;
  };
  const auto value = [](std::unique_ptr<int> p) { return *p; };
  mt::on_pools([&] {
    REQUIRE(mp::par_iter(pointers()).chain(pointers()).map(value).sum() == 2450);
    REQUIRE(mp::par_iter(pointers()).interleave(pointers()).map(value).sum() == 2450);
    REQUIRE(mp::par_iter(pointers())
                .filter([](const std::unique_ptr<int>& p) { return *p < 10; })
                .chain(pointers())
                .map(value)
                .sum() == 45 + 1225);
  });
}

TEST_CASE("positions of a chain are known if both sides know theirs") {
  list v{1, 2, 3};
  const auto odd = [](std::size_t x) { return x % 2 == 1; };
  REQUIRE(listed(mp::par_iter(v).chain(v).rev()) == list{3, 2, 1, 3, 2, 1});
  REQUIRE(mp::par_iter(v).chain(v).cycle().count() == endless);
  using half = decltype(mp::par_iter(v).chain(mp::par_iter(v).filter(odd)));
  static_assert(!mp::one_item_per_position<half::stage_type>);
  static_assert(
      !mp::items_can_be_fetched_again<decltype(mp::par_iter(v).chain(list()))::stage_type>);
}

TEST_CASE("chains of filters keep order, and stop where the consumer does") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto odd = [](std::size_t i) { return i % 2 == 1; };
      const auto filtered = [&](std::size_t n) { return mt::par_numbers(n).filter(odd); };
      REQUIRE(listed(filtered(6).with(s).chain(mt::numbers{3})) == list{1, 3, 5, 0, 1, 2});
      REQUIRE(listed(mt::par_numbers(3).with(s).chain(filtered(6))) == list{0, 1, 2, 1, 3, 5});
      REQUIRE(listed(filtered(4).with(s).chain(filtered(4))) == list{1, 3, 1, 3});
      const auto below_50 = [](std::size_t i) { return i < 50; };
      REQUIRE(*filtered(100).with(s).chain(filtered(100)).find_last(below_50) == 49);
    }
    std::atomic<int> behind{0};
    const auto count = [&](std::size_t i) { return ++behind, i; };
    const auto yes = [](std::size_t) { return true; };
    const auto it = [&] {
      return mt::par_numbers(5).filter(yes).chain(mt::par_numbers(5).map(count));
    };
    REQUIRE(it().with(mp::split_by(1)).any([](std::size_t i) { return i == 4; }));
    REQUIRE(behind == 0);
  });
}

TEST_CASE("both sides of a chain have states of their own") {
  mp::thread_pool pool({.num_threads = 0});
  const auto numbered = [](std::size_t n) {
    return mt::par_numbers(n).map_init([] { return std::size_t{0}; },
                                       [](std::size_t& calls, std::size_t) { return ++calls; });
  };
  pool.install([&] {
    REQUIRE(listed(numbered(3).with(mp::split_per(2)).chain(numbered(2))) == list{1, 2, 3, 1, 2});
  });
}

TEST_CASE("both sides of a chain are prepared") {
  mt::on_pools([] {
    REQUIRE(listed(mt::par_prepared(2).chain(mt::par_prepared(3))) == list{0, 1, 0, 1, 2});
    REQUIRE(listed(mt::par_numbers(2).chain(mt::par_prepared(3))) == list{0, 1, 0, 1, 2});
    REQUIRE(listed(mt::par_prepared(2).chain(mt::numbers{1})) == list{0, 1, 0});
    REQUIRE(listed(mt::par_prepared(2).interleave(mt::par_prepared(3))) == list{0, 0, 1, 1, 2});
    REQUIRE(listed(mt::par_prepared(2).intersperse(std::size_t{9})) == list{0, 9, 1});
  });
}

TEST_CASE("a loop over more than 2^63 items is refused, whatever has made them so many") {
  const list v{1, 2};
  const auto endless_numbers = [] { return mt::par_numbers(endless); };
  const auto any = [](std::size_t) { return true; };
  const auto refused = mt::contains("more than 2^63, which is the longest loop; put take(n)");
  mt::on_pools([&] {
    REQUIRE_THROWS_AS(endless_numbers().chain(v).count(), std::invalid_argument);
    REQUIRE_THROWS_WITH(endless_numbers().chain(v).count(), refused);
    REQUIRE_THROWS_WITH(endless_numbers().chain(v).any(any), refused);
    REQUIRE_THROWS_WITH(endless_numbers().chain(v).filter(any).find_any(any), refused);
    REQUIRE_THROWS_WITH(endless_numbers().chain(v).eq(endless_numbers().chain(v)), refused);
    REQUIRE_THROWS_WITH(endless_numbers().interleave(v).any(any), refused);
    REQUIRE_THROWS_WITH(endless_numbers().intersperse(std::size_t{9}).any(any), refused);
    REQUIRE_THROWS_WITH(mp::zip_max(endless_numbers().chain(v), v).count(), refused);
    REQUIRE_THROWS_WITH(mp::par_iter(v).cycle().chain(v).any(any), refused);
    REQUIRE_THROWS_WITH(endless_numbers().chain(endless_numbers()).step_by(2).any(any), refused);
    REQUIRE_THROWS_WITH(endless_numbers().chain(endless_numbers()).skip(7).any(any), refused);
    REQUIRE_THROWS_WITH(endless_numbers().chain(endless_numbers()).rev().take(1).count(),
                        mt::contains("rev: "));
    REQUIRE_THROWS_WITH(endless_numbers().chain(endless_numbers()).find_last(any),
                        mt::contains("find_last"));
    REQUIRE_THROWS_WITH(endless_numbers().chain(v).collect<std::vector>(), refused);
    REQUIRE(mp::par_range(endless - 2).chain(v).count() == endless);
  });
}

TEST_CASE("no position of a chain of more than 2^63 is another one") {
  const list v{1, 2};
  const auto endless_numbers = [] { return mt::par_numbers(endless); };
  REQUIRE(listed(endless_numbers().chain(v).skip(endless - 1)) == list{endless - 1, 1, 2});
  REQUIRE(listed(endless_numbers().chain(v).rev().take(3)) == list{2, 1, endless - 1});
  REQUIRE(listed(endless_numbers().interleave(v).skip(endless)) == list{endless - 2, endless - 1});
  REQUIRE(listed(mt::par_numbers(endless - 1).intersperse(std::size_t{9}).rev().take(3)) ==
          list{endless - 2, 9, endless - 3});
  REQUIRE(listed(endless_numbers().chain(v).step_by(endless)) == list{0, 1});
  REQUIRE(endless_numbers().chain(v).chunks(endless).count() == 2);
}

TEST_CASE("endless sources behind each other are endless") {
  const list v{1, 2};
  REQUIRE(mp::par_iter(v).cycle().chain(mp::par_iter(v).cycle()).cycle().count() == endless);
  REQUIRE(listed(mp::par_iter(v).chain(mp::par_iter(v).cycle()).take(5)) == list{1, 2, 1, 2, 1});
  REQUIRE(listed(mp::par_iter(v).interleave(mt::par_numbers(endless)).take(6)) ==
          list{1, 0, 2, 1, 2, 3});
  REQUIRE(listed(mt::par_numbers(endless).intersperse(std::size_t{9}).take(4)) == list{0, 9, 1, 9});
  REQUIRE(listed(mp::par_iter(v).cycle().interleave(mp::par_iter(v).cycle()).step_by(3).take(3)) ==
          list{1, 2, 2});
}

TEST_CASE("interleave alternates, and ends with the rest of the longer side") {
  mt::on_pools([] {
    const auto other = [](std::size_t n) {
      return mt::par_numbers(n).map([](std::size_t i) { return 100 + i; });
    };
    for (const std::size_t a : {0u, 1u, 2u, 5u, 40u}) {
      for (const std::size_t b : {0u, 1u, 2u, 5u, 41u}) {
        REQUIRE(listed(mt::par_numbers(a).interleave(other(b))) == interleaved(a, b));
      }
    }
  });
  list v{1};
  using it = decltype(mp::par_iter(v));
  const auto odd = [](std::size_t x) { return x % 2 == 1; };
  using filtered = decltype(mp::par_iter(v).filter(odd));
  static_assert(interleaves<it, list&>);
  static_assert(interleaves<it, list>);
  static_assert(!interleaves<it, filtered>);
  static_assert(!interleaves<filtered, list&>);
  static_assert(!interleaves<it, std::vector<std::string>&>);
}

TEST_CASE("intersperse puts copies of a value between neighbours, and nowhere else") {
  mt::on_pools([] {
    REQUIRE(listed(mt::par_numbers(0).intersperse(9u)).empty());
    REQUIRE(listed(mt::par_numbers(1).intersperse(9u)) == list{0});
    REQUIRE(listed(mt::par_numbers(4).intersperse(9u)) == list{0, 9, 1, 9, 2, 9, 3});
  });
  const std::vector<std::string> words{"to", "be", "or", "not"};
  auto it = mp::par_iter(words).intersperse(std::string(" "));
  static_assert(std::same_as<decltype(it)::item_type, std::string>);
  REQUIRE(std::move(it).sum() == "to be or not");
  const auto length = [](const std::string& s) { return s.size(); };
  REQUIRE(mp::par_iter(words).intersperse("-").map(length).sum() == 12);
  static_assert(!intersperses<decltype(mp::par_iter(words)), int*>);
  static_assert(!intersperses<decltype(mp::par_iter(words)), std::unique_ptr<std::string>>);
}
