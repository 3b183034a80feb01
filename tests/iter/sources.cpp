// SPDX-License-Identifier: MIT OR Apache-2.0
// par_iter: what it makes of ranges, views, containers that are given away, and iterators.
#include "catch.hpp"
#include "on_pools.hpp"
#include "self_referring.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <deque>
#include <list>
#include <numeric>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

template <class R>
using item_of = typename decltype(mp::par_iter(std::declval<R>()))::item_type;

}  // namespace

TEST_CASE("par_iter yields references to the elements of an lvalue range") {
  static_assert(std::same_as<item_of<std::vector<int>&>, int&>);
  static_assert(std::same_as<item_of<const std::vector<int>&>, const int&>);
  static_assert(std::same_as<item_of<std::deque<int>&>, int&>);
  static_assert(std::same_as<item_of<const std::deque<int>&>, const int&>);
  static_assert(std::same_as<item_of<std::array<int, 3>&>, int&>);
  static_assert(std::same_as<item_of<int (&)[3]>, int&>);
  static_assert(std::same_as<item_of<const int (&)[3]>, const int&>);
  static_assert(std::same_as<item_of<std::string&>, char&>);
  mt::on_pools([] {
    std::vector<int> v(100, 1);
    std::deque<int> d(100, 1);
    int a[100] = {};
    const auto add = [](int& x) { x += 2; };
    mp::par_iter(v).for_each(add);
    mp::par_iter(d).with(mp::split_per(7)).for_each(add);
    mp::par_iter(a).with(mp::split_per_item()).for_each(add);
    REQUIRE(v == std::vector<int>(100, 3));
    REQUIRE(d == std::deque<int>(100, 3));
    REQUIRE(std::vector<int>(std::begin(a), std::end(a)) == std::vector<int>(100, 2));
  });
}

TEST_CASE("par_iter yields values of a container that is given away, const or not") {
  static_assert(std::same_as<item_of<std::vector<std::string>>, std::string>);
  static_assert(std::same_as<item_of<const std::vector<std::string>>, std::string>);
  static_assert(std::same_as<item_of<std::array<int, 3>>, int>);
  static_assert(std::same_as<item_of<std::string>, char>);
  const std::vector<std::string> words(50, "a word that is too long for the object itself");
  const auto copied = mp::par_iter(std::move(words)).collect<std::vector>();
  REQUIRE(words.size() == 50);
  REQUIRE(words.back() == copied.back());
  REQUIRE(mp::par_iter(std::string("abc")).collect<std::vector>() == std::vector{'a', 'b', 'c'});
  REQUIRE(mp::par_iter(std::array{3, 2, 1}).collect<std::vector>() == std::vector{3, 2, 1});
}

TEST_CASE("par_iter yields values of a braced list, which need not live longer than the call") {
  auto chain = mp::par_iter({std::string("one"), std::string("two")});
  static_assert(std::same_as<decltype(chain)::item_type, std::string>);
  REQUIRE(std::move(chain).collect<std::vector>() == std::vector<std::string>{"one", "two"});
}

TEST_CASE("par_iter yields what a view yields, and does not move from its elements") {
  std::vector<std::string> words(100, "a word that is too long for the object itself");
  static_assert(std::same_as<item_of<decltype(std::views::all(words))>, std::string&>);
  static_assert(std::same_as<item_of<std::span<const std::string>>, const std::string&>);
  static_assert(std::same_as<item_of<std::string_view>, const char&>);
  static_assert(std::same_as<item_of<decltype(std::views::iota(0, 1))>, int>);
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      const auto got = mp::par_iter(std::span(words)).with(s).collect<std::vector>();
      REQUIRE(got == words);
    }
  });
  REQUIRE(words == std::vector<std::string>(100, words.front()));
}

TEST_CASE("par_iter keeps a view, which may be gone when the loop runs") {
  std::vector<int> v(1000);
  std::iota(v.begin(), v.end(), 0);
  auto chain = [&](int factor) {
    auto view = v | std::views::transform([factor](int i) { return i * factor; }) |
                std::views::drop(10) | std::views::reverse | std::views::take(100);
    return mp::par_iter(view).map([](int i) { return i + 1; });
  };
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      const auto got = chain(3).with(s).collect<std::vector>();
      REQUIRE(got.size() == 100);
      for (std::size_t i = 0; i < 100; ++i) REQUIRE(got[i] == 3 * (999 - static_cast<int>(i)) + 1);
    }
  });
}

TEST_CASE("par_iter asks a moved view anew where it begins, and never while the loop runs") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      std::atomic<int> begun{0};
      std::atomic<int> begun_before_items{-1};
      std::atomic<bool> asked_again{false};
      std::atomic<int> sum{0};
      mp::par_iter(mt::self_referring(200, begun))
          .map([](int i) { return i; })
          .with(s)
          .for_each([&](int i) {
            const int now = begun;
            int first = -1;
            if (!begun_before_items.compare_exchange_strong(first, now) && first != now) {
              asked_again = true;
            }
            sum += i;
          });
      REQUIRE(sum == 199 * 200 / 2);
      REQUIRE(begun == begun_before_items);
      REQUIRE_FALSE(asked_again);
    }
  });
}

TEST_CASE("par_iter refers to a view that is an lvalue and cannot be copied") {
  std::atomic<int> begun{0};
  mt::self_referring view(10, begun);
  REQUIRE(mp::par_iter(view).sum() == 45);
  REQUIRE(mp::par_iter(view).sum() == 45);
}

TEST_CASE("par_iter reads the bits of a const vector, and of one that is given away") {
  std::vector<bool> bits(1000);
  for (std::size_t i = 0; i < bits.size(); i += 3) bits[i] = true;
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      REQUIRE(mp::par_iter(std::as_const(bits)).with(s).collect<std::vector<bool>>() == bits);
      REQUIRE(mp::par_iter(std::vector<bool>(bits)).with(s).collect<std::vector<bool>>() == bits);
    }
  });
  static_assert(!mp::par_iterable<std::vector<bool>&>);
}

TEST_CASE("par_iter passes a parallel iterator through, with its settings") {
  const std::vector<int> v{1, 2, 3};
  auto chain = mp::par_iter(mp::par_iter(v).with(mp::split_by(2)).background().async());
  static_assert(std::same_as<decltype(chain), decltype(mp::par_iter(v).async())>);
  REQUIRE(chain.opened(mp::detail::passkey()).settings.pieces == mp::split_by(2));
  REQUIRE(chain.opened(mp::detail::passkey()).settings.background);
  REQUIRE(mp::sync_wait(std::move(chain).sum()) == 6);
}

TEST_CASE("par_iter of nothing yields nothing") {
  std::vector<int> none;
  REQUIRE(mp::par_iter(none).count() == 0);
  REQUIRE(mp::par_iter(std::vector<std::string>()).count() == 0);
  REQUIRE(mp::par_iter(std::span<int>()).count() == 0);
  REQUIRE(mp::par_iter(std::views::iota(3, 3)).count() == 0);
}

TEST_CASE("the concept par_iterable says what par_iter takes") {
  static_assert(mp::par_iterable<std::vector<int>&> && mp::par_iterable<std::vector<int>>);
  static_assert(mp::par_iterable<mt::numbers> && mp::par_iterable<const mt::numbers&>);
  static_assert(mp::par_iterable<decltype(mt::par_numbers(1))>);
  static_assert(!mp::par_iterable<decltype(mt::par_numbers(1))&>);
  static_assert(!mp::par_iterable<std::list<int>&> && !mp::par_iterable<std::list<int>>);
  static_assert(!mp::par_iterable<decltype(std::views::iota(0))>);
  static_assert(!mp::par_iterable<int>);
  SUCCEED();
}
