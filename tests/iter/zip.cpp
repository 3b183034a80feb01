// SPDX-License-Identifier: MIT OR Apache-2.0
// zip_eq, zip_min, zip_max.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

constexpr auto is_odd = [](std::size_t i) { return i % 2 == 1; };

// Ends the loop when position `last` has been fetched.
struct ending {
  std::size_t n;
  std::size_t last;
  std::unique_ptr<std::atomic<bool>> ended = std::make_unique<std::atomic<bool>>(false);
  std::size_t size() const { return n; }
  std::size_t fetch(std::size_t i) const {
    if (i == last) *ended = true;
    return i;
  }
  bool has_ended() const { return *ended; }
};

}  // namespace

TEST_CASE("a zip yields tuples of the items of its sources, side by side") {
  std::vector<int> v(100, 1);
  const std::deque<int> d(100, 10);
  static_assert(std::same_as<decltype(mp::zip_eq(v, d, mp::par_range(100)))::item_type,
                             std::tuple<int&, const int&, int>>);
  static_assert(std::same_as<decltype(mp::zip_min(std::vector<std::string>(), v))::item_type,
                             std::tuple<std::string, int&>>);
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      std::vector<int> to(100);
      mp::zip_eq(to, d, mp::par_range(100)).with(s).for_each([](int& x, int y, int i) {
        x = y + i;
      });
      for (int i = 0; i < 100; ++i) REQUIRE(to[static_cast<std::size_t>(i)] == 10 + i);
      const auto clear = [](std::tuple<int&, int&> both) { std::get<0>(both) = 0; };
      mp::zip_eq(to, v).with(s).for_each(clear);
      REQUIRE(to == std::vector<int>(100, 0));
    }
  });
}

TEST_CASE("zip_eq of different sizes throws at the call, and says which") {
  const std::vector<int> three(3);
  const std::vector<int> four(4);
  REQUIRE_THROWS_AS(mp::zip_eq(three, four), std::invalid_argument);
  REQUIRE_THROWS_WITH(mp::zip_eq(three, three, four),
                      "micropool: zip_eq: the sizes differ: 3, 3, 4; zip_min and zip_max allow that");
  REQUIRE(mp::zip_eq(three, three).count() == 3);
  REQUIRE(mp::zip_eq(three).count() == 3);
}

TEST_CASE("zip_min ends with its shortest source, and fetches nothing beyond") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      std::atomic<std::size_t> fetched{0};
      const auto generate = [&](std::size_t i) { return ++fetched, i; };
      auto pairs = mp::zip_min(mp::par_generate(100, generate), mp::par_range(7));
      REQUIRE(std::move(pairs).with(s).map([](std::size_t i, int j) {
        return i == static_cast<std::size_t>(j);
      }).all([](bool b) { return b; }));
      REQUIRE(fetched == 7);
    }
  });
  REQUIRE(mp::zip_min(std::vector<int>(), mp::par_range(5)).count() == 0);
}

TEST_CASE("zip_max goes on to the end of its longest source; others are missing there") {
  std::vector<std::string> words{"zero", "one", "two"};
  const std::vector<int> ints{0, 1, 2, 3, 4};
  using item = decltype(mp::zip_max(words, ints, mp::par_range(4)))::item_type;
  static_assert(std::same_as<item, std::tuple<mp::optional_ref<std::string>,
                                              mp::optional_ref<const int>, std::optional<int>>>);
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      const auto all = mp::zip_max(words, ints, mp::par_range(4)).with(s).collect<std::vector>();
      REQUIRE(all.size() == 5);
      for (std::size_t i = 0; i < 5; ++i) {
        const auto& [word, number, counted] = all[i];
        REQUIRE(word.has_value() == (i < 3));
        if (word) REQUIRE(&*word == &words[i]);
        REQUIRE(&*number == &ints[i]);
        REQUIRE(counted == (i < 4 ? std::optional(static_cast<int>(i)) : std::nullopt));
      }
    }
  });
}

TEST_CASE("zips own what they are given, also what can only be moved") {
  mt::on_pools([] {
    std::vector<std::unique_ptr<int>> owned;
    for (int i = 0; i < 100; ++i) owned.push_back(std::make_unique<int>(i));
    const auto equal = [](std::unique_ptr<int> p, std::optional<int> i) { return *p == *i; };
    const auto unwrap = [](std::optional<std::unique_ptr<int>> p, std::optional<int> i) {
      return std::tuple(std::move(*p), i);
    };
    REQUIRE(mp::zip_max(std::move(owned), mp::par_range(100))
                .with(mp::split_per(9))
                .map(unwrap)
                .map(equal)
                .all([](bool b) { return b; }));
  });
}

TEST_CASE("zips can be zipped") {
  const auto add = [](std::tuple<int, int> both, int third) {
    return std::get<0>(both) + std::get<1>(both) + third;
  };
  auto pairs = mp::zip_eq(mp::par_range(4), mp::par_range(4));
  REQUIRE(mp::zip_eq(std::move(pairs), mp::par_range(4)).map(add).sum() == 18);
  REQUIRE(mp::zip_eq(mp::zip_eq(mp::par_range(4))).count() == 4);
}

TEST_CASE("a zip has the settings of the first source that has any") {
  const std::vector<int> v(4);
  std::stop_source stop;
  auto first = mp::zip_eq(v, mp::par_iter(v), mp::par_iter(v).with(mp::split_by(3)),
                          mp::par_iter(v).with(mp::split_by(5)).background());
  REQUIRE(first.opened(mp::detail::passkey()).settings.pieces == mp::split_by(3));
  REQUIRE_FALSE(first.opened(mp::detail::passkey()).settings.background);
  auto second = mp::zip_min(v, mp::par_iter(v).background(), mp::par_iter(v).with(mp::split_by(3)));
  REQUIRE(second.opened(mp::detail::passkey()).settings.background);
  REQUIRE(second.opened(mp::detail::passkey()).settings.pieces == mp::split_auto());
  auto third = mp::zip_max(mp::par_iter(v), mp::par_iter(v).stop_on(stop.get_token()));
  stop.request_stop();
  REQUIRE_THROWS_AS(std::move(third).for_each([](auto, auto) {}), mp::operation_stopped);
}

TEST_CASE("a zip is async if one of its sources is") {
  static_assert(!decltype(mp::zip_eq(mp::par_range(3), mp::par_range(3)))::is_async);
  auto pairs = mp::zip_eq(mp::par_range(3), mp::par_range(3).async());
  static_assert(decltype(pairs)::is_async);
  REQUIRE(mp::sync_wait(std::move(pairs).map([](int a, int b) { return a * b; }).sum()) == 5);
}

TEST_CASE("sources that are prepared are so before a zip looks at their size") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto equal = [](std::size_t a, std::size_t b, std::size_t c) {
        return a == b && b == c;
      };
      const auto same = mp::zip_eq(mt::par_prepared(50), mt::numbers{50}, mt::par_prepared(50))
                            .with(s)
                            .map(equal)
                            .collect<std::vector<bool>>();
      REQUIRE(same == std::vector<bool>(50, true));
      REQUIRE(mp::zip_min(mt::par_prepared(50), mt::par_prepared(20)).with(s).count() == 20);
      REQUIRE(mp::zip_max(mt::numbers{20}, mt::par_prepared(50)).with(s).count() == 50);
    }
  });
}

TEST_CASE("zip_eq of prepared sources of different sizes throws when the loop begins") {
  auto pairs = mp::zip_eq(mt::par_prepared(3), mt::numbers{5});
  REQUIRE_THROWS_WITH(std::move(pairs).count(),
                      "micropool: zip_eq: the sizes differ: 3, 5; zip_min and zip_max allow that");
  auto later = mp::zip_eq(mt::par_prepared(3), mt::numbers{5}).async().count();
  REQUIRE_THROWS_AS(mp::sync_wait(std::move(later)), std::invalid_argument);
}

TEST_CASE("a source that has had enough ends the loop over a zip") {
  mp::thread_pool pool({.num_threads = 0});
  pool.install([] {
    for (const mp::split s : {mp::split_per_item(), mp::split_per(5)}) {
      std::size_t seen = 0;
      mp::zip_eq(mp::par_range(1000), ending{1000, 10}).with(s).for_each([&](int, std::size_t) {
        ++seen;
      });
      REQUIRE(seen > 10);
      REQUIRE(seen <= 15);
    }
  });
}

TEST_CASE("only indexed sources can be zipped") {
  static_assert(mp::zippable<std::vector<int>&> && mp::zippable<mt::numbers>);
  static_assert(mp::zippable<decltype(mp::par_range(3))>);
  static_assert(!mp::zippable<decltype(mt::par_numbers(3).filter(is_odd))>);
  static_assert(!mp::zippable<decltype(mp::par_range(3))&> && !mp::zippable<int>);
  SUCCEED();
}
