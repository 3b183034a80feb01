// SPDX-License-Identifier: MIT OR Apache-2.0
// par_chunks, par_chunks_exact, par_windows, par_array_windows.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <deque>
#include <numeric>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using lists = std::vector<std::vector<int>>;

std::vector<int> first_numbers(std::size_t n) {
  std::vector<int> v(n);
  std::iota(v.begin(), v.end(), 0);
  return v;
}

// Copies of all pieces, in order.
template <class It>
lists listed(It&& it) {
  const auto copy = [](auto piece) { return std::vector<int>(piece.begin(), piece.end()); };
  return std::move(it).map(copy).template collect<std::vector>();
}

lists expected_pieces(std::size_t n, std::size_t step, std::size_t length, bool with_rest) {
  lists pieces;
  const auto v = first_numbers(n);
  for (std::size_t i = 0; i < n; i += step) {
    const std::size_t here = std::min(length, n - i);
    if (here < length && !with_rest) break;
    pieces.emplace_back(v.begin() + static_cast<std::ptrdiff_t>(i),
                        v.begin() + static_cast<std::ptrdiff_t>(i + here));
  }
  return pieces;
}

}  // namespace

TEST_CASE("chunks are spans of contiguous ranges, and subranges of others") {
  std::vector<int> v;
  std::deque<int> d;
  const std::vector<bool> bits;
  const auto& c = v;
  using bit = std::vector<bool>::const_iterator;
  static_assert(std::same_as<decltype(mp::par_chunks(v, 1))::item_type, std::span<int>>);
  static_assert(std::same_as<decltype(mp::par_chunks(c, 1))::item_type, std::span<const int>>);
  static_assert(std::same_as<decltype(mp::par_chunks(std::span(v), 1))::item_type, std::span<int>>);
  static_assert(std::same_as<decltype(mp::par_chunks(d, 1))::item_type,
                             std::ranges::subrange<std::deque<int>::iterator>>);
  static_assert(std::same_as<decltype(mp::par_chunks_exact(bits, 1))::item_type,
                             std::ranges::subrange<bit>>);
  SUCCEED();
}

TEST_CASE("windows show const elements") {
  std::vector<int> v;
  std::deque<int> d;
  using const_iterator = std::deque<int>::const_iterator;
  static_assert(std::same_as<decltype(mp::par_windows(v, 1))::item_type, std::span<const int>>);
  static_assert(
      std::same_as<decltype(mp::par_windows(std::span(v), 1))::item_type, std::span<const int>>);
  static_assert(std::same_as<decltype(mp::par_array_windows<3>(v))::item_type,
                             std::span<const int, 3>>);
  static_assert(std::same_as<decltype(mp::par_windows(d, 1))::item_type,
                             std::ranges::subrange<const_iterator>>);
  SUCCEED();
}

TEST_CASE("pieces of every length are where they belong, for every size of the range") {
  mt::on_pools([] {
    for (const mp::split s : {mp::split_auto(), mp::split_per(2)}) {
      for (const std::size_t n : {0u, 1u, 2u, 3u, 6u, 7u, 24u}) {
        auto v = first_numbers(n);
        const std::deque<int> d(v.begin(), v.end());
        for (const std::size_t length : {1u, 2u, 3u, 7u, 25u}) {
          const auto chunks = expected_pieces(n, length, length, true);
          REQUIRE(listed(mp::par_chunks(v, length).with(s)) == chunks);
          REQUIRE(listed(mp::par_chunks(d, length).with(s)) == chunks);
          const auto exact = expected_pieces(n, length, length, false);
          REQUIRE(listed(mp::par_chunks_exact(v, length).with(s)) == exact);
          REQUIRE(listed(mp::par_chunks_exact(d, length).with(s)) == exact);
          const auto windows = expected_pieces(n, 1, length, false);
          REQUIRE(listed(mp::par_windows(v, length).with(s)) == windows);
          REQUIRE(listed(mp::par_windows(d, length).with(s)) == windows);
        }
        REQUIRE(listed(mp::par_array_windows<1>(v).with(s)) == expected_pieces(n, 1, 1, false));
        REQUIRE(listed(mp::par_array_windows<3>(v).with(s)) == expected_pieces(n, 1, 3, false));
      }
    }
  });
}

TEST_CASE("chunks of an lvalue can be written") {
  mt::on_pools([] {
    std::vector<int> v(100, 0);
    mp::par_chunks(v, 7).with(mp::split_per_item()).for_each([](std::span<int> c) {
      std::ranges::fill(c, static_cast<int>(c.size()));
    });
    REQUIRE(std::ranges::count(v, 7) == 98);
    REQUIRE(std::ranges::count(v, 2) == 2);
  });
}

TEST_CASE("a piece longer than any range is the whole range, or does not exist") {
  auto v = first_numbers(10);
  constexpr auto longest = static_cast<std::size_t>(-1);
  REQUIRE(listed(mp::par_chunks(v, longest)) == lists{v});
  REQUIRE(listed(mp::par_chunks_exact(v, longest)).empty());
  REQUIRE(listed(mp::par_windows(v, longest)).empty());
}

TEST_CASE("pieces of views are cut from what the views yield") {
  const auto tens = [factor = 10](int i) { return i * factor; };
  const auto chain = [&] {
    auto view = std::views::iota(0, 5) | std::views::transform(tens);
    return mp::par_chunks(std::move(view), 2);
  };
  mt::on_pools([&] {
    REQUIRE(listed(chain().with(mp::split_per_item())) == lists{{0, 10}, {20, 30}, {40}});
  });
  REQUIRE(listed(mp::par_windows(std::views::iota(0, 4), 3)) == lists{{0, 1, 2}, {1, 2, 3}});
  using namespace std::literals;
  REQUIRE(mp::par_chunks("abcde"sv, 3).count() == 2);
}

TEST_CASE("a piece of no elements is refused, and the error names the call") {
  std::vector<int> v(3);
  const auto text = [](const char* call) {
    return "micropool: " + std::string(call) + ": a piece has at least one element, not 0";
  };
  REQUIRE_THROWS_AS(mp::par_chunks(v, 0), std::invalid_argument);
  REQUIRE_THROWS_WITH(mp::par_chunks(v, 0), text("par_chunks"));
  REQUIRE_THROWS_WITH(mp::par_chunks_exact(v, 0), text("par_chunks_exact"));
  REQUIRE_THROWS_WITH(mp::par_windows(v, 0), text("par_windows"));
}

TEST_CASE("pieces are cut from ranges that another object keeps") {
  static_assert(mp::par_divisible<std::vector<int>&> && mp::par_divisible<std::span<int>>);
  static_assert(!mp::par_divisible<std::vector<int>> && !mp::par_divisible<std::array<int, 2>>);
  static_assert(!mp::par_divisible<mt::numbers> && !mp::par_divisible<std::vector<bool>&>);
  SUCCEED();
}
