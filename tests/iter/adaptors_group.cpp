// SPDX-License-Identifier: MIT OR Apache-2.0
// chunks, array_windows.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/iter.hpp>

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <ranges>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using list = std::vector<std::size_t>;
constexpr std::size_t endless = std::size_t{1} << 63;
constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

template <class It>
using item_of = typename It::item_type;
using chunk_of_ints = item_of<decltype(mp::par_iter(std::declval<std::vector<int>&>()).chunks(1))>;

template <class It, std::size_t N>
concept has_windows = requires(It it) { std::move(it).template array_windows<N>(); };
template <class It>
concept has_chunks = requires(It it) { std::move(it).chunks(2); };

constexpr auto to_list = [](auto chunk) {
  list l;
  for (std::size_t x : chunk) l.push_back(x);
  return l;
};
constexpr auto sum_of = [](auto chunk) {
  std::size_t sum = 0;
  for (auto&& x : chunk) sum += x;
  return sum;
};

}  // namespace

TEST_CASE("chunks yields n items at a time, and at the end what is left") {
  mt::on_pools([] {
    for (const std::size_t n : {0u, 1u, 2u, 3u, 6u, 7u, 50u}) {
      for (const std::size_t length : list{1, 2, 3, 7, most}) {
        std::vector<list> expected;
        for (std::size_t i = 0; i < n; ++i) {
          if (expected.empty() || expected.back().size() == length) expected.emplace_back();
          expected.back().push_back(i);
        }
        REQUIRE(mt::par_numbers(n).chunks(length).map(to_list).collect<std::vector>() == expected);
      }
    }
  });
  REQUIRE_THROWS_AS(static_cast<void>(mt::par_numbers(5).chunks(0)), std::invalid_argument);
}

TEST_CASE("a chunk is a light view and a source") {
  static_assert(std::ranges::view<chunk_of_ints>);
  static_assert(std::ranges::input_range<chunk_of_ints>);
  static_assert(std::ranges::borrowed_range<chunk_of_ints>);
  static_assert(std::same_as<std::ranges::range_reference_t<chunk_of_ints>, int&>);
  static_assert(std::is_trivially_copyable_v<chunk_of_ints>);
  static_assert(mp::items_can_be_fetched_again<chunk_of_ints>);

  std::vector<int> v(10);
  std::iota(v.begin(), v.end(), 0);
  // Views behind it.
  const auto even_ones = [](auto chunk) {
    int sum = 0;
    for (int x : chunk | std::views::filter([](int i) { return i % 2 == 0; })) sum += x;
    return sum;
  };
  REQUIRE(mp::par_iter(v).chunks(3).map(even_ones).collect<std::vector>() ==
          std::vector<int>{2, 4, 14, 0});
  // Its items are those of the source.
  mp::par_iter(v).chunks(3).for_each([](auto chunk) {
    for (int& x : chunk) x = static_cast<int>(chunk.size());
  });
  REQUIRE(v == std::vector<int>{3, 3, 3, 3, 3, 3, 3, 3, 3, 1});
}

TEST_CASE("a chunk can be iterated over in parallel") {
  mt::on_pools([] {
    const auto nested = [](auto chunk) {
      return mp::par_iter(chunk)
          .with(mp::split_per(10))
          .map([](std::size_t x) { return 2 * x; })
          .sum();
    };
    REQUIRE(mt::par_numbers(1000).chunks(100).map(nested).sum() == 999'000);
    const auto reversed = [](auto chunk) {
      return mp::par_iter(chunk).rev().template collect<std::vector>();
    };
    const auto both = mt::par_numbers(5).chunks(3).map(reversed).collect<std::vector>();
    REQUIRE(both == std::vector<list>{{2, 1, 0}, {4, 3}});
  });
}

TEST_CASE("chunks of chunks are chunks of the items") {
  const auto inner = [](auto chunks) {
    std::vector<list> all;
    for (auto chunk : chunks) all.push_back(to_list(chunk));
    return all;
  };
  REQUIRE(mt::par_numbers(7).chunks(2).chunks(3).map(inner).collect<std::vector>() ==
          std::vector<std::vector<list>>{{{0, 1}, {2, 3}, {4, 5}}, {{6}}});
}

TEST_CASE("chunks fetch an item when it is asked for, and not before") {
  std::atomic<int> made{0};
  const auto make = [&](std::size_t i) {
    ++made;
    return std::make_unique<std::size_t>(i);
  };
  const auto first = [](auto chunk) { return **chunk.begin(); };
  REQUIRE(mt::par_numbers(10).map(make).chunks(4).map(first).sum() == 12);
  REQUIRE(made == 3);
  const auto all = [](auto chunk) {
    std::size_t sum = 0;
    for (std::unique_ptr<std::size_t> p : chunk) sum += *p;
    return sum;
  };
  REQUIRE(mt::par_numbers(10).map(make).chunks(4).map(all).sum() == 45);
  REQUIRE(made == 13);
}

TEST_CASE("chunks of a container that is given away move its elements") {
  std::vector<std::string> words(10, "a word that needs memory of its own");
  const auto length = [](auto chunk) {
    std::size_t n = 0;
    for (std::string s : chunk) n += s.size();
    return n;
  };
  REQUIRE(mp::par_iter(std::move(words)).chunks(3).map(length).sum() == 350);
}

TEST_CASE("chunks of endless and of prepared items") {
  REQUIRE(mt::par_numbers(endless).chunks(endless / 2).count() == 2);
  REQUIRE(mt::par_numbers(endless).chunks(3).skip(5).take(1).map(to_list).collect<std::vector>() ==
          std::vector<list>{{15, 16, 17}});
  mt::on_pools([] {
    REQUIRE(mt::par_prepared(7).chunks(3).map(sum_of).collect<std::vector>() == list{3, 12, 6});
  });
}

TEST_CASE("array_windows yields each item with those behind it, as arrays") {
  mt::on_pools([] {
    const list v{1, 2, 3, 4};
    auto pairs = mp::par_iter(v).cloned().array_windows<2>();
    static_assert(std::same_as<decltype(pairs)::item_type, std::array<std::size_t, 2>>);
    REQUIRE(std::move(pairs).collect<std::vector>() ==
            std::vector<std::array<std::size_t, 2>>{{1, 2}, {2, 3}, {3, 4}});
    REQUIRE(mp::par_iter(v).cloned().array_windows<4>().collect<std::vector>() ==
            std::vector<std::array<std::size_t, 4>>{{1, 2, 3, 4}});
    REQUIRE(mp::par_iter(v).array_windows<5>().count() == 0);
    REQUIRE(mp::par_iter(v).array_windows<7>().count() == 0);
    REQUIRE(mp::par_iter(v).array_windows<1>().count() == 4);
  });
}

TEST_CASE("array_windows refers to the elements of a range") {
  std::vector<std::string> words{"a", "b", "c"};
  auto pairs = mp::par_iter(words).array_windows<2>();
  static_assert(
      std::same_as<decltype(pairs)::item_type, std::array<std::reference_wrapper<std::string>, 2>>);
  const auto joined = [](const auto& w) { return w[0].get() + w[1].get(); };
  REQUIRE(std::move(pairs).map(joined).collect<std::vector>() ==
          std::vector<std::string>{"ab", "bc"});
  // A callable may take the parts.
  REQUIRE(mp::par_iter(words)
              .array_windows<3>()
              .map([](std::string& a, std::string& b, std::string& c) { return c + b + a; })
              .sum() == "cba");
}

TEST_CASE("array_windows of a cycle go round") {
  const list v{1, 2, 3};
  mt::on_pools([&] {
    REQUIRE(mp::par_iter(v)
                .cycle()
                .array_windows<2>()
                .take(4)
                .map([](std::size_t a, std::size_t b) { return 10 * a + b; })
                .collect<std::vector>() == list{12, 23, 31, 12});
  });
}

TEST_CASE("groups need positions, and windows need items that can be fetched again") {
  std::vector<int> v;
  using plain = decltype(mp::par_iter(v));
  using owned = decltype(mp::par_iter(std::vector<int>()));
  using filtered = decltype(mp::par_iter(v).filter([](int) { return true; }));
  static_assert(has_windows<plain, 1>);
  static_assert(!has_windows<plain, 0>);
  static_assert(!has_windows<owned, 2>);
  static_assert(!has_windows<filtered, 2>);
  static_assert(has_chunks<owned>);
  static_assert(!has_chunks<filtered>);
  using chunk_of_owned = item_of<decltype(mp::par_iter(std::vector<int>()).chunks(2))>;
  static_assert(!mp::items_can_be_fetched_again<chunk_of_owned>);
}
