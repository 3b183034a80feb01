// SPDX-License-Identifier: MIT OR Apache-2.0
// take_while_any, map_while_any.
#include "catch.hpp"
#include "gate.hpp"
#include "on_pools.hpp"

#include <micropool/iter.hpp>
#include <micropool/sync_wait.hpp>
#include <micropool/thread_pool.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using list = std::vector<std::size_t>;

template <class It>
list listed(It it) {
  return std::move(it).template collect<std::vector>();
}
constexpr auto below_10 = [](std::size_t i) { return i < 10; };
constexpr auto shown_below_10 = [](std::size_t i) {
  return i < 10 ? std::optional(std::to_string(i)) : std::nullopt;
};

}  // namespace

TEST_CASE("in one piece take_while_any and map_while_any yield the items before the end") {
  mt::on_pools([] {
    const mp::split one = mp::split_by(1);
    REQUIRE(listed(mt::par_numbers(100).with(one).take_while_any(below_10)) ==
            list{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    REQUIRE(mt::par_numbers(100).with(one).map_while_any(shown_below_10).sum() == "0123456789");
    REQUIRE(listed(mt::par_numbers(0).take_while_any(below_10)).empty());
    REQUIRE(listed(mt::par_numbers(100).with(one).rev().take_while_any(below_10)).empty());
  });
}

TEST_CASE("where the end does not come, all items are taken, in order") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      REQUIRE(listed(mt::par_numbers(10).with(s).take_while_any(below_10)) ==
              list{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
      REQUIRE(mt::par_numbers(10).with(s).map_while_any(shown_below_10).sum() == "0123456789");
    }
  });
}

TEST_CASE("only items for which the predicate holds are taken, and in order") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto not_299 = [](std::size_t i) { return i % 300 < 299; };
      const list some = listed(mt::par_numbers(1000).with(s).take_while_any(not_299));
      REQUIRE(some.size() < 1000);
      for (std::size_t i = 0; i < some.size(); ++i) {
        REQUIRE(some[i] % 300 < 299);
        if (i > 0) REQUIRE(some[i - 1] < some[i]);
      }
    }
  });
}

TEST_CASE("after the end no item is looked at on any thread, but what is chained goes on") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate at_0;
  std::atomic<int> looks{0};
  std::atomic<int> taken{0};
  // Two pieces, each on a thread of its own. The one behind meets the end at its first item, while
  // the one in front is at its own, and goes on with what is chained; then the other goes on.
  const auto not_60 = [&](std::size_t i) {
    ++looks;
    if (i == 0) at_0.pass();
    if (i == 60) at_0.wait_for_arrivals(1);
    return i != 60;
  };
  const auto let_go_on = [&](std::size_t i) { return at_0.open(), i; };
  pool.install([&] {
    const mt::open_at_exit opened(at_0);
    mt::par_numbers(100)
        .with(mp::split_per(60))
        .take_while_any(not_60)
        .chain(mt::par_numbers(20).map(let_go_on))
        .for_each([&](std::size_t) { ++taken; });
  });
  REQUIRE(looks == 2);
  REQUIRE(taken == 1 + 20);
}

TEST_CASE("items without end are ended by take_while_any and map_while_any, whatever the split") {
  const list v{1, 2, 3};
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      std::atomic<int> left{1000};
      const auto some_left = [&](std::size_t) { return --left >= 0; };
      REQUIRE(mp::par_iter(v).with(s).cycle().take_while_any(some_left).count() == 1000);
      left = 1000;
      const auto one_if_left = [&](std::size_t) {
        return --left >= 0 ? std::optional(1) : std::nullopt;
      };
      REQUIRE(mp::par_iter(v).with(s).cycle().map_while_any(one_if_left).sum() == 1000);
      left = 1000;
      // Two ends: the first that comes is that of both.
      const auto always = [](std::size_t) { return true; };
      auto twice = mp::par_iter(v).cycle().take_while_any(some_left).take_while_any(always);
      REQUIRE(std::move(twice).with(s).count() == 1000);
    }
  });
}

TEST_CASE("a loop over two chained sides ends when both have ended") {
  const list v{1, 2, 3};
  mt::on_pools([&] {
    std::atomic<int> left{100};
    std::atomic<int> right{100};
    auto ending = [&](std::atomic<int>& n) {
      return mp::par_iter(v).cycle().take(1000).take_while_any(
          [&](std::size_t) { return --n >= 0; });
    };
    REQUIRE(ending(left).with(mp::split_per(7)).chain(ending(right)).count() == 200);
  });
}

TEST_CASE("take_while_any yields the items themselves, and map_while_any what filter_map would") {
  std::vector<std::string> v(3);
  const auto yes = [](const std::string&) { return true; };
  const auto address = [](std::string& s) { return &s; };
  const auto value = [](std::string& s) { return std::optional(s); };
  static_assert(
      std::same_as<decltype(mp::par_iter(v).take_while_any(yes))::item_type, std::string&>);
  static_assert(
      std::same_as<decltype(mp::par_iter(v).map_while_any(address))::item_type, std::string&>);
  static_assert(
      std::same_as<decltype(mp::par_iter(v).map_while_any(value))::item_type, std::string>);

  std::vector<std::unique_ptr<int>> pointers;
  for (int i = 0; i < 10; ++i) pointers.push_back(std::make_unique<int>(i));
  const auto sum = mp::par_iter(std::move(pointers))
                       .with(mp::split_by(1))
                       .take_while_any([](const std::unique_ptr<int>& p) { return *p < 5; })
                       .map([](std::unique_ptr<int> p) { return *p; })
                       .sum();
  REQUIRE(sum == 10);
}

TEST_CASE("take_while_any passes on that the consumer stops, and what its predicate throws") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto yes = [](std::size_t) { return true; };
      const auto from_7 = [](std::size_t i) { return i >= 7; };
      REQUIRE(*mt::par_numbers(1000).with(s).take_while_any(yes).find_first(from_7) == 7);
      const auto bad = [](std::size_t i) -> bool {
        if (i == 42) throw std::runtime_error("not 42");
        return true;
      };
      REQUIRE_THROWS_WITH(mt::par_numbers(100).with(s).take_while_any(bad).count(), "not 42");
    }
    std::atomic<int> behind{0};
    const auto count = [&](std::size_t i) { return ++behind, i; };
    const auto yes = [](std::size_t) { return true; };
    const auto some = [](std::size_t i) { return std::optional(i); };
    const auto is_4 = [](std::size_t i) { return i == 4; };
    const auto in_one = [] { return mt::par_numbers(5).with(mp::split_by(1)); };
    REQUIRE(in_one().take_while_any(yes).chain(mt::par_numbers(5).map(count)).any(is_4));
    REQUIRE(in_one().map_while_any(some).chain(mt::par_numbers(5).map(count)).any(is_4));
    REQUIRE(behind == 0);
  });
}

TEST_CASE("take_while_any goes behind filters and with async loops") {
  const auto odd = [](std::size_t i) { return i % 2 == 1; };
  auto t =
      mt::par_numbers(100).with(mp::split_by(1)).filter(odd).take_while_any(below_10).async().sum();
  REQUIRE(mp::sync_wait(std::move(t)) == 25);
}
