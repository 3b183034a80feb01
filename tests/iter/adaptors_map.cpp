// SPDX-License-Identifier: MIT OR Apache-2.0
// map, inspect, update, cloned, copied, map_init.
#include "catch.hpp"
#include "gate.hpp"
#include "on_pools.hpp"

#include <micropool/iter.hpp>
#include <micropool/thread_pool.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

struct copyable_at_a_cost {
  copyable_at_a_cost() = default;
  copyable_at_a_cost(const copyable_at_a_cost&) {}
};

template <class Item>
using item_of_copies =
    typename decltype(mp::par_iter(std::declval<std::vector<Item>&>()).cloned())::item_type;
template <class Item>
concept can_be_cloned = requires(std::vector<Item>& v) { mp::par_iter(v).cloned(); };
template <class Item>
concept can_be_copied = requires(std::vector<Item>& v) { mp::par_iter(v).copied(); };
template <class F>
concept maps_ints = requires(std::vector<int>& v, F f) { mp::par_iter(v).map(std::move(f)); };
template <class F>
concept updates_const_ints =
    requires(const std::vector<int>& v, F f) { mp::par_iter(v).update(std::move(f)); };

// Says how often it was copied.
struct travelled {
  int copies = 0;
  travelled() = default;
  travelled(const travelled& other) : copies(other.copies + 1) {}
  travelled(travelled&& other) noexcept : copies(other.copies) {}
};

}  // namespace

TEST_CASE("map yields what the function returns, references included") {
  std::vector<std::pair<int, std::string>> v{{1, "a"}, {2, "b"}};
  auto second = [](auto& p) -> std::string& { return p.second; };
  static_assert(std::same_as<decltype(mp::par_iter(v).map(second))::item_type, std::string&>);
  mp::par_iter(v).map(second).for_each([](std::string& s) { s += "!"; });
  REQUIRE(v[1].second == "b!");
  // A member is a callable as well.
  REQUIRE(mp::par_iter(v).map(&std::pair<int, std::string>::first).sum() == 3);
}

TEST_CASE("map takes functions that can only be moved, and items that can only be moved") {
  mt::on_pools([] {
    std::vector<std::unique_ptr<int>> v;
    for (int i = 0; i < 100; ++i) v.push_back(std::make_unique<int>(i));
    const auto sum = mp::par_iter(std::move(v))
                         .map([one = std::make_unique<int>(1)](std::unique_ptr<int> p) {
                           *p += *one;
                           return p;
                         })
                         .map([](std::unique_ptr<int> p) { return *p; })
                         .sum();
    REQUIRE(sum == 5050);
  });
}

TEST_CASE("a mutable function is one object, which all threads call") {
  mt::on_pools([] {
    std::atomic<int> copies{0};
    struct numbering {
      explicit numbering(std::atomic<int>& n) : copied(&n) {}
      numbering(numbering&& other) noexcept : copied(other.copied) {}
      numbering(const numbering& other) : copied(other.copied) { ++*copied; }
      std::size_t operator()(std::size_t) { return calls++; }
      std::atomic<int>* copied;
      std::atomic<std::size_t> calls{0};
    };
    // Numbers that were given twice would show in the sum.
    REQUIRE(mt::par_numbers(1000).map(numbering(copies)).sum() == 499'500);
    REQUIRE(copies == 0);
  });
}

TEST_CASE("map takes tuples whole or in parts") {
  const auto tuples = [] {
    return mt::par_numbers(10).map([](std::size_t i) { return std::tuple(i, i, i); });
  };
  const auto add = [](std::size_t a, std::size_t b, std::size_t c) { return a + b + c; };
  REQUIRE(tuples().map(add).sum() == 135);
  REQUIRE(tuples().map([](const auto& t) { return std::get<0>(t); }).sum() == 45);
}

TEST_CASE("map refuses what cannot be called with an item, and what returns nothing") {
  static_assert(maps_ints<int (*)(int)>);
  static_assert(!maps_ints<int (*)(int*)>);
  static_assert(!maps_ints<void (*)(int)>);
}

TEST_CASE("inspect sees each item once, as const, and passes it on as it is") {
  mt::on_pools([] {
    std::vector<int> v(100, 1);
    std::atomic<int> seen{0};
    auto it = mp::par_iter(v).inspect([&](auto& x) {
      static_assert(std::is_const_v<std::remove_reference_t<decltype(x)>>);
      seen += x;
    });
    static_assert(std::same_as<decltype(it)::item_type, int&>);
    std::move(it).for_each([](int& x) { x = 2; });
    REQUIRE(seen == 100);
    REQUIRE(v == std::vector<int>(100, 2));
  });
}

TEST_CASE("inspect and update let items through that can only be moved") {
  const auto make = [](std::size_t i) { return std::make_unique<std::size_t>(i); };
  std::atomic<std::size_t> seen{0};
  const auto sum = mt::par_numbers(100)
                       .map(make)
                       .inspect([&](const std::unique_ptr<std::size_t>& p) { seen += *p; })
                       .update([](std::unique_ptr<std::size_t>& p) { *p += 1; })
                       .map([](std::unique_ptr<std::size_t> p) { return *p; })
                       .sum();
  REQUIRE(seen == 4950);
  REQUIRE(sum == 5050);
}

TEST_CASE("update changes the elements of a range, and else the value on its way") {
  std::vector<int> v(100, 1);
  REQUIRE(mp::par_iter(v).update([](int& x) { ++x; }).sum() == 200);
  REQUIRE(v == std::vector<int>(100, 2));
  REQUIRE(mp::par_iter(v).cloned().update([](int& x) { ++x; }).sum() == 300);
  REQUIRE(v == std::vector<int>(100, 2));
  // Parts of a pair.
  REQUIRE(mp::par_iter(v)
              .enumerate()
              .update([](std::size_t& i, int& x) { x = static_cast<int>(i++); })
              .map([](std::size_t i, int x) { return static_cast<int>(i) - x; })
              .sum() == 100);
  REQUIRE(v[99] == 99);
  static_assert(!updates_const_ints<void (*)(int&)>);
}

TEST_CASE(
    "cloned and copied yield values, which are copied once and moved if they are values already") {
  static_assert(std::same_as<item_of_copies<std::string>, std::string>);
  static_assert(can_be_cloned<std::string>);
  static_assert(!can_be_copied<std::string>);
  static_assert(can_be_copied<int>);
  static_assert(!can_be_copied<copyable_at_a_cost>);
  static_assert(!can_be_cloned<std::unique_ptr<int>>);

  const std::vector<travelled> v(3);
  const auto copies = [](const travelled& t) { return t.copies; };
  REQUIRE(mp::par_iter(v).map(copies).sum() == 0);
  REQUIRE(mp::par_iter(v).cloned().map(copies).sum() == 3);
  REQUIRE(mp::par_iter(v).cloned().cloned().map(copies).sum() == 3);
}

TEST_CASE("cloned can be repeated where its items can") {
  const std::vector<int> v{1, 2, 3};
  REQUIRE(mp::par_iter(v).cloned().cycle().take(7).collect<std::vector>() ==
          std::vector<int>{1, 2, 3, 1, 2, 3, 1});
  using of_owned = decltype(mp::par_iter(std::vector<int>()).cloned())::stage_type;
  using of_mapped = decltype(mp::par_iter(v).map([](int x) { return x; }))::stage_type;
  static_assert(!mp::items_can_be_fetched_again<of_owned>);
  static_assert(!mp::items_can_be_fetched_again<of_mapped>);
}

TEST_CASE("map_init makes one state for each participant") {
  mp::thread_pool pool({.num_threads = 1});
  mt::countdown both(2);
  std::atomic<int> made{0};
  const auto sum = pool.install([&] {
    return mt::par_numbers(100)
        .with(mp::split_per(50))
        .map_init([&] { return made++, std::size_t{0}; },
                  [&](std::size_t& calls, std::size_t i) {
                    if (i == 0 || i == 50) both.arrive_and_wait();  // in the halves of the two
                    return ++calls;
                  })
        .sum();
  });
  REQUIRE(made == 2);
  REQUIRE(sum == 2 * 50 * 51 / 2);
}

TEST_CASE("map_init keeps order, goes behind a filter, and takes pairs in parts behind the state") {
  mt::on_pools([] {
    const auto odd = [](std::size_t i) { return i % 2 == 1; };
    const auto joined = mt::par_numbers(10)
                            .filter(odd)
                            .map([](std::size_t i) { return std::pair(i, 'x'); })
                            .map_init([] { return std::string("<"); },
                                      [](const std::string& s, std::size_t i, char c) {
                                        return s + std::to_string(i) + c;
                                      })
                            .sum();
    REQUIRE(joined == "<1x<3x<5x<7x<9x");
  });
}

TEST_CASE("what a mapping or its init throws leaves the consumer") {
  mt::on_pools([] {
    const auto not_42 = [](std::size_t i) {
      if (i == 42) throw std::runtime_error("not 42");
      return i;
    };
    REQUIRE_THROWS_WITH(mt::par_numbers(100).map(not_42).sum(), "not 42");
    const auto no_state = []() -> int { throw std::runtime_error("no state"); };
    const auto use = [](int, std::size_t i) { return i; };
    REQUIRE_THROWS_WITH(mt::par_numbers(100).map_init(no_state, use).sum(), "no state");
    REQUIRE(mt::par_numbers(0).map_init(no_state, use).sum() == 0);
  });
}
