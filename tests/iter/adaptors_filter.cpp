// SPDX-License-Identifier: MIT OR Apache-2.0
// filter, filter_map, flat_map.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/iter.hpp>
#include <micropool/optional_ref.hpp>

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

std::vector<int> up_to(int n) {
  std::vector<int> v;
  for (int i = 0; i < n; ++i) v.push_back(i);
  return v;
}

// What filter_map and flat_map yield for functions of a string&.
using words_iterator = decltype(mp::par_iter(std::declval<std::vector<std::string>&>()));
template <class F>
using filter_mapped_t =
    typename decltype(std::declval<words_iterator>().filter_map(std::declval<F>()))::item_type;
template <class F>
using flat_mapped_t =
    typename decltype(std::declval<words_iterator>().flat_map(std::declval<F>()))::item_type;

template <class F>
concept filters_ints = requires(std::vector<int>& v, F f) { mp::par_iter(v).filter(std::move(f)); };
template <class F>
concept filter_maps_ints =
    requires(std::vector<int>& v, F f) { mp::par_iter(v).filter_map(std::move(f)); };
template <class F>
concept flat_maps_ints =
    requires(std::vector<int>& v, F f) { mp::par_iter(v).flat_map(std::move(f)); };

}  // namespace

TEST_CASE(
    "filter yields the items themselves, in order, and shows them to the predicate as const") {
  mt::on_pools([] {
    std::vector<int> v = up_to(100);
    const auto third = [](auto& x) {
      static_assert(std::is_const_v<std::remove_reference_t<decltype(x)>>);
      return x % 3 == 0;
    };
    auto thirds = mp::par_iter(v).filter(third);
    static_assert(std::same_as<decltype(thirds)::item_type, int&>);
    std::move(thirds).for_each([](int& x) { x = -x; });
    REQUIRE(mp::par_iter(v).filter([](int x) { return x < 0; }).count() == 33);
    REQUIRE(mp::par_iter(v).filter([](int x) { return x < -90; }).collect<std::vector>() ==
            std::vector<int>{-93, -96, -99});
  });
}

TEST_CASE("filter lets items through that can only be moved, and takes pairs in parts") {
  const auto sum = mt::par_numbers(100)
                       .map([](std::size_t i) { return std::make_unique<std::size_t>(i); })
                       .filter([](const std::unique_ptr<std::size_t>& p) { return *p < 10; })
                       .map([](std::unique_ptr<std::size_t> p) { return *p; })
                       .sum();
  REQUIRE(sum == 45);
  std::vector<int> v = up_to(100);
  const auto in_the_gap = [](std::size_t i, int x) { return i > 90 && x < 95; };
  REQUIRE(mp::par_iter(v).enumerate().filter(in_the_gap).count() == 4);
}

TEST_CASE("filters behind each other let through what all of them do") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      const auto n = mt::par_numbers(1000)
                         .with(s)
                         .filter([](std::size_t i) { return i % 2 == 0; })
                         .filter([](std::size_t i) { return i % 3 == 0; })
                         .filter([](std::size_t i) { return i % 5 == 0; })
                         .count();
      REQUIRE(n == 34);
    }
  });
}

TEST_CASE("a predicate says yes or no of an item") {
  static_assert(filters_ints<bool (*)(int)>);
  static_assert(filters_ints<bool (*)(const int&)>);
  static_assert(!filters_ints<bool (*)(int&)>);
  static_assert(!filters_ints<std::string (*)(int)>);
}

TEST_CASE("filter_map yields values of optionals, and references of pointers and optional_refs") {
  static_assert(std::same_as<filter_mapped_t<std::optional<int> (*)(std::string&)>, int>);
  static_assert(std::same_as<filter_mapped_t<std::optional<int>& (*)(std::string&)>, int&>);
  static_assert(std::same_as<filter_mapped_t<char* (*)(std::string&)>, char&>);
  static_assert(
      std::same_as<filter_mapped_t<mp::optional_ref<const char> (*)(std::string&)>, const char&>);
  static_assert(std::same_as<filter_mapped_t<std::unique_ptr<int> (*)(std::string&)>, int>);
  static_assert(std::same_as<filter_mapped_t<std::unique_ptr<int>& (*)(std::string&)>, int&>);
  static_assert(std::same_as<filter_mapped_t<std::shared_ptr<const int> (*)(std::string&)>, int>);

  static_assert(filter_maps_ints<std::optional<int> (*)(int)>);
  static_assert(!filter_maps_ints<int (*)(int)>);
  static_assert(!filter_maps_ints<void (*)(int)>);
  static_assert(!filter_maps_ints<void* (*)(int)>);
  static_assert(!filter_maps_ints<std::optional<int> (*)(std::string)>);
}

TEST_CASE("filter_map yields what there is, in order") {
  mt::on_pools([] {
    std::vector<int> v = up_to(100);
    const auto tenth = [](int x) {
      return x % 10 == 0 ? std::optional(std::to_string(x)) : std::nullopt;
    };
    REQUIRE(mp::par_iter(v).filter_map(tenth).sum() == "0102030405060708090");
    const auto large = [](int& x) { return x > 50 ? &x : nullptr; };
    mp::par_iter(v).filter_map(large).for_each([](int& x) { x = 0; });
    REQUIRE(mp::par_iter(v).sum() == 1275);
    const auto small = [](int& x) { return x < 3 ? mp::optional_ref<int>(x) : std::nullopt; };
    REQUIRE(mp::par_iter(v).filter_map(small).count() == 52);
  });
}

TEST_CASE("filter_map moves out of the only owner, and copies what others share") {
  const auto shared = std::make_shared<std::string>("a string that needs memory of its own");
  const auto share = [&](std::size_t) { return shared; };
  REQUIRE(mt::par_numbers(3).filter_map(share).sum().size() == 3 * shared->size());
  using unmovable_twice = std::unique_ptr<int>;
  const auto owned = [](std::size_t i) {
    return i % 2 == 0 ? nullptr : std::make_unique<unmovable_twice>(std::make_unique<int>(7));
  };
  REQUIRE(mt::par_numbers(10).filter_map(owned).map([](unmovable_twice p) { return *p; }).sum() ==
          35);
}

TEST_CASE(
    "flat_map yields values of containers that are given away, and else what a range refers to") {
  static_assert(std::same_as<flat_mapped_t<std::string (*)(std::string&)>, char>);
  static_assert(std::same_as<flat_mapped_t<std::string& (*)(std::string&)>, char&>);
  static_assert(std::same_as<flat_mapped_t<const std::string& (*)(std::string&)>, const char&>);
  static_assert(std::same_as<flat_mapped_t<std::string && (*)(std::string&)>, char>);
  static_assert(std::same_as<flat_mapped_t<std::span<char> (*)(std::string&)>, char&>);
  static_assert(std::same_as<flat_mapped_t<std::vector<bool> (*)(std::string&)>, bool>);
  static_assert(flat_maps_ints<std::list<int> (*)(int)>);
  static_assert(!flat_maps_ints<int (*)(int)>);
  static_assert(!flat_maps_ints<std::vector<int> (*)(std::string)>);
}

TEST_CASE("flat_map yields one range behind the other, empty ones included") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      std::vector<std::size_t> expected;
      for (std::size_t i = 0; i < 60; ++i) expected.insert(expected.end(), i % 4, i);
      const auto repeated = [](std::size_t i) { return std::vector<std::size_t>(i % 4, i); };
      REQUIRE(mt::par_numbers(60).with(s).flat_map(repeated).collect<std::vector>() == expected);
    }
  });
}

TEST_CASE("flat_map refers to the elements of lvalues, and never moves them") {
  std::vector<std::vector<std::string>> v(10, {"a", "b"});
  const auto itself = [](std::vector<std::string>& inner) -> auto& { return inner; };
  mp::par_iter(v).flat_map(itself).for_each([](std::string& s) { s += "!"; });
  REQUIRE(v[9][1] == "b!");
  const auto as_span = [](std::vector<std::string>& inner) { return std::span(inner); };
  const auto take = [](std::string s) { return s.size(); };
  REQUIRE(mp::par_iter(v).flat_map(as_span).map(take).sum() == 40);
  REQUIRE(v[9][1] == "b!");
  // Neither does a chunk, which is a view.
  REQUIRE(mp::par_iter(v[0]).chunks(2).flat_map([](auto c) { return c; }).map(take).sum() == 4);
  REQUIRE(v[0][1] == "b!");
}

TEST_CASE(
    "flat_map moves elements out of what is given away, and keeps it until they are passed on") {
  mt::on_pools([] {
    const auto pointers = [](std::size_t i) {
      std::vector<std::unique_ptr<std::size_t>> v;
      for (std::size_t k = 0; k < 3; ++k) v.push_back(std::make_unique<std::size_t>(i));
      return v;
    };
    const auto sum = mt::par_numbers(100)
                         .flat_map(pointers)
                         .map([](std::unique_ptr<std::size_t> p) { return *p; })
                         .sum();
    REQUIRE(sum == 3 * 4950);
  });
}

TEST_CASE("a range of flat_map may be read once only, and may refer to the item") {
  const std::vector<std::string> lines{"1 2 3", "", "40 50"};
  std::vector<std::istringstream> streams;
  for (const auto& l : lines) streams.emplace_back(l);
  const auto words = [](std::istringstream s) {
    std::vector<int> all;
    for (int x : std::views::istream<int>(s)) all.push_back(x);
    return all;
  };
  REQUIRE(mp::par_iter(std::move(streams)).flat_map(words).sum() == 96);
  const auto numbers_in = [](std::istringstream& s) { return std::views::istream<int>(s); };
  std::vector<std::istringstream> again;
  for (const auto& l : lines) again.emplace_back(l);
  REQUIRE(mp::par_iter(again).flat_map(numbers_in).sum() == 96);
  // The array is the item, which lives as long as its elements are passed on.
  const auto as_array = [](std::size_t i) { return std::array{i, i + 1}; };
  const auto elements = [](std::array<std::size_t, 2>&& a) { return std::span(a); };
  REQUIRE(mt::par_numbers(10).map(as_array).flat_map(elements).sum() == 100);
}

TEST_CASE("a consumer that stops early leaves the rest of a range alone") {
  std::atomic<int> looked_at{0};
  const auto endless = [&](std::size_t) {
    return std::views::iota(0) | std::views::transform([&](int i) { return ++looked_at, i; });
  };
  const auto is_five = [](int i) { return i == 5; };
  REQUIRE(mt::par_numbers(1).flat_map(endless).any(is_five));
  REQUIRE(looked_at == 6);
}

TEST_CASE("what filter_map and flat_map call may throw") {
  mt::on_pools([] {
    const auto bad = [](std::size_t i) -> std::optional<std::size_t> {
      if (i == 42) throw std::runtime_error("not 42");
      return i;
    };
    REQUIRE_THROWS_WITH(mt::par_numbers(100).filter_map(bad).sum(), "not 42");
    const auto bad_range = [&](std::size_t i) { return std::vector<std::size_t>{*bad(i)}; };
    REQUIRE_THROWS_WITH(mt::par_numbers(100).flat_map(bad_range).sum(), "not 42");
  });
}
