// SPDX-License-Identifier: MIT OR Apache-2.0
// partition, partition_map, unzip.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

constexpr auto is_third = [](std::size_t i) { return i % 3 == 0; };

template <class V>
concept can_unzip = requires(std::vector<V>& v) { mp::par_iter(v).unzip(); };
template <class F>
concept sorts_ints = requires(std::vector<int>& v, F f) { mp::par_iter(v).partition_map(f); };

}  // namespace

TEST_CASE("partition keeps the order of both halves") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto [thirds, others] = mt::par_numbers(1000).with(s).partition(is_third);
      REQUIRE(thirds.size() == 334);
      REQUIRE(others.size() == 666);
      for (std::size_t i = 0; i < thirds.size(); ++i) REQUIRE(thirds[i] == 3 * i);
      for (std::size_t i = 0; i < others.size(); ++i) REQUIRE(others[i] == i + i / 2 + 1);
    }
  });
}

TEST_CASE("partition moves items that are values, and copies those that are references") {
  const auto make = [](std::size_t i) { return std::make_unique<std::size_t>(i); };
  const auto holds = [](const std::unique_ptr<std::size_t>& p) { return *p < 10; };
  auto [low, high] = mt::par_numbers(100).map(make).partition(holds);
  static_assert(std::same_as<decltype(low), std::vector<std::unique_ptr<std::size_t>>>);
  REQUIRE(low.size() == 10);
  REQUIRE(*high[0] == 10);

  const std::vector<std::string> words{"a", "bb", "c"};
  const auto [one, two] =
      mp::par_iter(words).partition([](const std::string& s) { return s.size() == 1; });
  REQUIRE(one == std::vector<std::string>{"a", "c"});
  REQUIRE(two == std::vector<std::string>{"bb"});
  REQUIRE(words == std::vector<std::string>{"a", "bb", "c"});
}

TEST_CASE("partitions of nothing, and into nothing, are empty") {
  const auto [a, b] = mt::par_numbers(0).partition(is_third);
  REQUIRE(a.empty());
  REQUIRE(b.empty());
  const auto [all, none] = mt::par_numbers(10).partition([](std::size_t) { return true; });
  REQUIRE(all.size() == 10);
  REQUIRE(none.empty());
}

TEST_CASE("partition_map sorts by alternative, in order") {
  using either = std::variant<std::size_t, std::string>;
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto f = [](std::size_t i) {
        return is_third(i) ? either(i) : either(std::to_string(i));
      };
      auto [numbers, texts] = mt::par_numbers(999).with(s).partition_map(f);
      static_assert(std::same_as<decltype(numbers), std::vector<std::size_t>>);
      static_assert(std::same_as<decltype(texts), std::vector<std::string>>);
      REQUIRE(numbers.size() == 333);
      REQUIRE(texts.size() == 666);
      for (std::size_t i = 0; i < numbers.size(); ++i) REQUIRE(numbers[i] == 3 * i);
      for (std::size_t i = 0; i < texts.size(); ++i)
        REQUIRE(texts[i] == std::to_string(i + i / 2 + 1));
    }
  });
}

TEST_CASE("the two alternatives of partition_map may be of the same type, and movable only") {
  using owner = std::unique_ptr<std::size_t>;
  using either = std::variant<owner, owner>;
  const auto f = [](std::size_t i) {
    auto p = std::make_unique<std::size_t>(i);
    return is_third(i) ? either(std::in_place_index<0>, std::move(p))
                       : either(std::in_place_index<1>, std::move(p));
  };
  const auto [thirds, others] = mt::par_numbers(9).partition_map(f);
  REQUIRE(thirds.size() == 3);
  REQUIRE(others.size() == 6);
  REQUIRE(*thirds[2] == 6);
  REQUIRE(*others[5] == 8);
}

TEST_CASE("unzip makes a vector of each part, in order") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto three = [](std::size_t i) {
        return std::tuple(i, i % 2 == 0, std::make_unique<std::size_t>(i));
      };
      auto [numbers, even, owners] = mt::par_numbers(500).with(s).map(three).unzip();
      static_assert(std::same_as<decltype(even), std::vector<bool>>);
      for (std::size_t i = 0; i < 500; ++i) {
        REQUIRE(numbers[i] == i);
        REQUIRE(even[i] == (i % 2 == 0));
        REQUIRE(*owners[i] == i);
      }
    }
  });
}

TEST_CASE("unzip copies what a pair refers to") {
  std::vector<std::string> words{"a", "b"};
  const auto numbered = [](std::string& s) { return std::pair<int, std::string&>(1, s); };
  auto [ones, copies] = mp::par_iter(words).map(numbered).unzip();
  static_assert(std::same_as<decltype(copies), std::vector<std::string>>);
  REQUIRE(copies == words);
  REQUIRE(ones.size() == 2);

  const std::vector<std::pair<int, std::string>> pairs{{1, "x"}, {2, "y"}};
  const auto parts = mp::par_iter(pairs).unzip();
  REQUIRE(std::get<1>(parts) == std::vector<std::string>{"x", "y"});
  REQUIRE(pairs[0].second == "x");
}

TEST_CASE("what is no pair cannot be unzipped, and what is no variant of two is not sorted") {
  static_assert(can_unzip<std::pair<int, int>>);
  static_assert(!can_unzip<int>);
  const auto three = [](int) { return std::variant<int, long, char>(); };
  const auto two = [](int) { return std::variant<int, long>(); };
  static_assert(sorts_ints<decltype(two)>);
  static_assert(!sorts_ints<decltype(three)>);
}
