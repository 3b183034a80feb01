// SPDX-License-Identifier: MIT OR Apache-2.0
// par_range, par_generate, par_repeat.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// The ends and the number of what a chain yields, without running it.
template <class It>
auto outline(It&& it) {
  auto source = std::move(it.opened(mp::detail::passkey()).stage);
  const std::size_t n = source.size();
  return std::tuple(source.fetch(0), source.fetch(n - 1), n);
}
template <class It>
std::size_t size_of(It&& it) {
  return it.opened(mp::detail::passkey()).stage.size();
}

template <class A, class B>
using number_of = typename decltype(mp::par_range(A{}, B{}))::item_type;
template <class... A>
concept can_count = requires(A... a) { mp::par_range(a...); };

}  // namespace

TEST_CASE("par_range counts in the common type of its ends") {
  static_assert(std::same_as<number_of<int, int>, int>);
  static_assert(std::same_as<number_of<int, std::size_t>, std::size_t>);
  static_assert(std::same_as<number_of<std::uint8_t, std::uint8_t>, std::uint8_t>);
  static_assert(std::same_as<number_of<short, long>, long>);
  static_assert(std::same_as<number_of<char, char>, char>);
  static_assert(std::same_as<decltype(mp::par_range(7u))::item_type, unsigned>);
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto got = mp::par_range(-20, 30).with(s).collect<std::vector>();
      REQUIRE(got.size() == 50);
      for (int i = 0; i < 50; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == i - 20);
    }
  });
  REQUIRE(mp::par_range('a', 'e').collect<std::string>() == "abcd");
  REQUIRE(mp::par_range(std::uint8_t{250}, std::uint8_t{255}).count() == 5);
}

TEST_CASE("par_range takes numbers only") {
  static_assert(can_count<int> && can_count<char8_t, long>);
  static_assert(!can_count<double> && !can_count<int, float> && !can_count<bool>);
  static_assert(!can_count<int*> && !can_count<std::byte>);
  SUCCEED();
}

TEST_CASE("par_range has no numbers if its end is not above its beginning") {
  REQUIRE(mp::par_range(5, 5).count() == 0);
  REQUIRE(mp::par_range(5, 3).count() == 0);
  REQUIRE(mp::par_range(-1).count() == 0);
  REQUIRE(mp::par_range(5, -3).count() == 0);
  REQUIRE(mp::par_range(0u, -3).count() == 0);
  REQUIRE(mp::par_range(-3, -7).count() == 0);
}

TEST_CASE("par_range reaches the ends of every type") {
  using i8 = std::numeric_limits<std::int8_t>;
  using i64 = std::numeric_limits<std::int64_t>;
  using u64 = std::numeric_limits<std::uint64_t>;
  REQUIRE(outline(mp::par_range(i8::min(), i8::max())) ==
          std::tuple(i8::min(), std::int8_t{126}, std::size_t{255}));
  REQUIRE(outline(mp::par_range(i64::min(), std::int64_t{0})) ==
          std::tuple(i64::min(), std::int64_t{-1}, std::size_t{1} << 63));
  REQUIRE(outline(mp::par_range(i64::max() - 3, i64::max())) ==
          std::tuple(i64::max() - 3, i64::max() - 1, std::size_t{3}));
  REQUIRE(outline(mp::par_range(u64::max() - 3, u64::max())) ==
          std::tuple(u64::max() - 3, u64::max() - 1, std::size_t{3}));
  REQUIRE(outline(mp::par_range(1, std::uint64_t{1} << 63)) ==
          std::tuple(std::uint64_t{1}, (std::uint64_t{1} << 63) - 1, (std::size_t{1} << 63) - 1));
}

TEST_CASE("par_range refuses what it cannot count") {
  REQUIRE_THROWS_WITH(mp::par_range(-5, 10u), mt::contains("par_range: it cannot begin at -5"));
  REQUIRE_THROWS_AS(mp::par_range(-5, std::uint64_t{10}), std::invalid_argument);
  REQUIRE(size_of(mp::par_range(short{-5}, std::uint16_t{10})) == 15);
  REQUIRE_THROWS_WITH(mp::par_range((std::uint64_t{1} << 63) + 1),
                      mt::contains("par_range: 9223372036854775809 items"));
}

TEST_CASE("a loop over 2^63 numbers ends with the first exception") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      std::atomic<int> called{0};
      const auto refuse = [&](std::uint64_t i) {
        ++called;
        throw std::out_of_range(std::to_string(i));
      };
      REQUIRE_THROWS_WITH(mp::par_range(std::uint64_t{1} << 63).with(s).for_each(refuse), "0");
      REQUIRE(called < 100);
    }
  });
}

TEST_CASE("par_generate calls its function once for each position") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      std::vector<std::atomic<int>> calls(300);
      const auto squares = mp::par_generate(300,
                                            [&](std::size_t i) {
                                              ++calls[i];
                                              return i * i;
                                            })
                               .with(s)
                               .collect<std::vector>();
      for (std::size_t i = 0; i < 300; ++i) {
        REQUIRE(squares[i] == i * i);
        REQUIRE(calls[i] == 1);
      }
    }
  });
}

TEST_CASE("par_generate passes on references, and values that can only be moved") {
  std::array<int, 4> a{};
  auto elements = mp::par_generate(4, [&](std::size_t i) -> int& { return a[i]; });
  static_assert(std::same_as<decltype(elements)::item_type, int&>);
  std::move(elements).for_each([](int& x) { x = 7; });
  REQUIRE(a == std::array{7, 7, 7, 7});

  struct only_moved {
    explicit only_moved(std::size_t v) : value(v) {}
    only_moved(only_moved&&) = default;
    std::size_t value;
  };
  auto values = mp::par_generate(4, [](std::size_t i) { return only_moved(i); });
  REQUIRE(std::move(values).map([](only_moved v) { return v.value; }).sum() == 6);
}

TEST_CASE("par_repeat yields copies, so what a loop gives away outlives the source") {
  static_assert(std::same_as<decltype(mp::par_repeat("x", 1))::item_type, const char*>);
  const std::string word = "a word that is too long for the object itself";
  static_assert(std::same_as<decltype(mp::par_repeat(word, 1))::item_type, std::string>);
  mt::on_pools([&] {
    const auto all = mp::par_repeat(word, 100).with(mp::split_per(3)).collect<std::vector>();
    REQUIRE(all == std::vector<std::string>(100, word));
  });
  REQUIRE(mp::par_repeat(word, 0).count() == 0);
}

TEST_CASE("par_generate and par_repeat refuse more than 2^63 items") {
  constexpr std::size_t most = std::size_t{1} << 63;
  REQUIRE_NOTHROW(size_of(mp::par_repeat(1, most)));
  REQUIRE_THROWS_WITH(mp::par_repeat(1, most + 1), mt::contains("par_repeat: "));
  REQUIRE_THROWS_WITH(mp::par_generate(most + 1, [](std::size_t i) { return i; }),
                      mt::contains("par_generate: "));
}
