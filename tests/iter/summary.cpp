// SPDX-License-Identifier: MIT OR Apache-2.0
// to_histogram, top_k.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// A number below 50, and a place in the sequence that the order does not see.
struct ranked {
  std::size_t rank;
  std::size_t index;
  bool operator==(const ranked&) const = default;
};
ranked ranked_at(std::size_t i) { return {(i * 7919) % 50, i}; }
constexpr auto by_rank = [](const ranked& a, const ranked& b) { return a.rank < b.rank; };

std::vector<ranked> best_of_all(std::size_t n, std::size_t k) {
  std::vector<ranked> all;
  for (std::size_t i = 0; i < n; ++i) all.push_back(ranked_at(i));
  std::ranges::stable_sort(all, [](const ranked& a, const ranked& b) { return by_rank(b, a); });
  all.resize(std::min(n, k));
  return all;
}

template <class F>
concept bins_ints = requires(std::vector<int>& v, F f) { mp::par_iter(v).to_histogram(3, f); };

}  // namespace

TEST_CASE("to_histogram counts every item in its bin") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto bins =
          mt::par_numbers(1000).with(s).to_histogram(4, [](std::size_t i) { return i % 3; });
      REQUIRE(bins == std::vector<std::size_t>{334, 333, 333, 0});
    }
  });
  REQUIRE(mt::par_numbers(0).to_histogram(2, [](std::size_t) { return 0; }) ==
          std::vector<std::size_t>{0, 0});
  REQUIRE(mt::par_numbers(0).to_histogram(0, [](std::size_t) { return 0; }).empty());
}

TEST_CASE("the histograms of two participants are added") {
  mp::thread_pool pool({.num_threads = 1});
  mt::meeting_of_two meeting;
  const auto index = [&](std::size_t i) {
    meeting.pass();
    return i % 2;
  };
  const auto bins = pool.install(
      [&] { return mt::par_numbers(100).with(mp::split_per(5)).to_histogram(2, index); });
  REQUIRE(bins == std::vector<std::size_t>{50, 50});
}

TEST_CASE("an item that belongs to no bin is an error that names its index and the bins") {
  mt::on_pools([] {
    const auto index = [](std::size_t i) { return i < 500 ? 3 : static_cast<int>(i) - 490; };
    REQUIRE_THROWS_AS(mt::par_numbers(1000).to_histogram(7, index), std::out_of_range);
    REQUIRE_THROWS_WITH(mt::par_numbers(1000).to_histogram(7, index),
                        mt::contains("index 10,") && mt::contains("7 bins"));
  });
  REQUIRE_THROWS_WITH(mt::par_numbers(5).to_histogram(4, [](std::size_t i) { return i; }),
                      mt::contains("index 4,"));
  const auto negative = [](std::size_t) { return -3; };
  REQUIRE_THROWS_WITH(mt::par_numbers(1).to_histogram(5, negative), mt::contains("index -3"));
  REQUIRE_THROWS_AS(mt::par_numbers(1).to_histogram(0, [](std::size_t) { return 0; }),
                    std::out_of_range);
}

TEST_CASE(
    "top_k holds the greatest items, the greatest first, of equal ones the lowest index first") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      for (const std::size_t k : {0u, 1u, 7u, 25u, 200u}) {
        for (const std::size_t n : {0u, 1u, 24u, 1000u}) {
          REQUIRE(mt::par_numbers(n).map(ranked_at).with(s).top_k(k, by_rank) == best_of_all(n, k));
        }
      }
    }
  });
}

TEST_CASE("top_k of filtered items is as that of a vector of them") {
  mt::on_pools([] {
    const auto low = [](const ranked& r) { return r.rank < 20; };
    auto expected = best_of_all(1000, 1000);
    std::erase_if(expected, [&](const ranked& r) { return !low(r); });
    expected.resize(30);
    for (int run = 0; run < 20; ++run) {
      REQUIRE(mt::par_numbers(1000).map(ranked_at).filter(low).top_k(30, by_rank) == expected);
    }
  });
}

TEST_CASE("top_k takes another order, and needs none for what has an operator") {
  const std::vector<int> v{5, 1, 4, 2, 3};
  static_assert(std::same_as<decltype(mp::par_iter(v).top_k(2)), std::vector<int>>);
  REQUIRE(mp::par_iter(v).top_k(2) == std::vector<int>{5, 4});
  REQUIRE(mp::par_iter(v).top_k(2, std::greater<>()) == std::vector<int>{1, 2});
  REQUIRE(mp::sync_wait(mp::par_iter(v).async().top_k(9)) == std::vector<int>{5, 4, 3, 2, 1});
}

TEST_CASE("top_k moves items that are values, and changes none that are references") {
  const auto make = [](std::size_t i) { return std::make_unique<std::size_t>(i * 37 % 100); };
  const auto less = [](const auto& a, const auto& b) { return *a < *b; };
  const auto best = mt::par_numbers(100).map(make).top_k(3, less);
  REQUIRE(*best[0] == 99);
  REQUIRE(*best[2] == 97);

  std::vector<int> v;
  for (int i = 0; i < 100; ++i) v.push_back(i * 37 % 100);
  const auto before = v;
  const auto numbered = [](int& x) { return std::pair<std::size_t, int&>(0, x); };
  const auto top = mp::par_iter(v).map(numbered).top_k(3);
  REQUIRE(v == before);
  REQUIRE(top[1].second == 98);
}

TEST_CASE("an index that is no integer is refused") {
  const auto integer = [](int x) { return x; };
  const auto real = [](int x) { return 0.5 * x; };
  static_assert(bins_ints<decltype(integer)>);
  static_assert(!bins_ints<decltype(real)>);
}
