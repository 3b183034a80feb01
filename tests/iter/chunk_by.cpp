// SPDX-License-Identifier: MIT OR Apache-2.0
// par_chunk_by.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using lists = std::vector<std::vector<int>>;

template <class It>
lists listed(It&& it) {
  const auto copy = [](auto piece) { return std::vector<int>(piece.begin(), piece.end()); };
  return std::move(it).map(copy).template collect<std::vector>();
}

template <class Pred>
lists expected_groups(const std::vector<int>& v, Pred pred) {
  lists groups;
  for (std::size_t i = 0; i < v.size(); ++i) {
    if (i == 0 || !pred(v[i - 1], v[i])) groups.emplace_back();
    groups.back().push_back(v[i]);
  }
  return groups;
}

// Runs of lengths from one to several chunks, the last one included.
std::vector<int> runs() {
  std::vector<int> v;
  int value = 0;
  for (const int length : {1, 1, 2, 40, 1, 3, 17, 9, 10, 11, 1, 200, 1, 30}) {
    v.insert(v.end(), static_cast<std::size_t>(length), value++);
  }
  return v;
}

}  // namespace

TEST_CASE("groups are the longest pieces of neighbours that belong together") {
  const auto v = runs();
  const std::deque<int> d(v.begin(), v.end());
  const auto same = expected_groups(v, std::equal_to());
  REQUIRE(same.size() == 14);
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      REQUIRE(listed(mp::par_chunk_by(v, std::equal_to()).with(s)) == same);
      REQUIRE(listed(mp::par_chunk_by(d, std::equal_to()).with(s)) == same);
      REQUIRE(listed(mp::par_chunk_by(v, std::less_equal()).with(s)) == lists{v});
      REQUIRE(mp::par_chunk_by(v, std::greater()).with(s).count() == v.size());
    }
  });
}

TEST_CASE("a range of nothing has no groups, and one element is a group") {
  const std::vector<int> none;
  const std::vector<int> one{7};
  REQUIRE(mp::par_chunk_by(none, std::equal_to()).count() == 0);
  REQUIRE(listed(mp::par_chunk_by(one, std::equal_to())) == lists{{7}});
}

TEST_CASE("groups show const elements, as spans where that is possible") {
  std::vector<int> v;
  std::deque<int> d;
  static_assert(std::same_as<decltype(mp::par_chunk_by(v, std::equal_to()))::item_type,
                             std::span<const int>>);
  static_assert(std::same_as<decltype(mp::par_chunk_by(d, std::equal_to()))::item_type,
                             std::ranges::subrange<std::deque<int>::const_iterator>>);
  SUCCEED();
}

TEST_CASE("the predicate is called with neighbours in their order, twice for a pair at most") {
  std::vector<int> v(1000);
  for (int i = 0; i < 1000; ++i) v[static_cast<std::size_t>(i)] = i;
  mt::on_pools([&] {
    for (const mp::split s : mt::every_split()) {
      std::vector<std::atomic<int>> calls(1000);
      std::atomic<bool> wrong{false};
      const auto in_one_hundred = [&](int a, int b) {
        if (b != a + 1) wrong = true;
        ++calls[static_cast<std::size_t>(b)];
        return a / 100 == b / 100;
      };
      REQUIRE(mp::par_chunk_by(v, in_one_hundred).with(s).count() == 10);
      REQUIRE_FALSE(wrong);
      REQUIRE(calls[0] == 0);
      REQUIRE(std::all_of(calls.begin() + 1, calls.end(), [](int n) { return n == 1 || n == 2; }));
    }
  });
}

TEST_CASE("a thread alone asks the predicate once for each pair") {
  mp::thread_pool pool({.num_threads = 0});
  pool.install([] {
    const auto v = runs();
    for (const mp::split s : {mp::split_auto(), mp::split_by(1), mp::split_per(10)}) {
      std::size_t calls = 0;
      const auto same = [&](int a, int b) { return ++calls, a == b; };
      REQUIRE(mp::par_chunk_by(v, same).with(s).count() == 14);
      REQUIRE(calls == v.size() - 1);
    }
  });
}

TEST_CASE("what the predicate throws leaves the loop") {
  const auto v = runs();
  mt::on_pools([&] {
    const auto refuse = [](int a, int b) {
      if (a == 3 && b == 4) throw std::out_of_range("between three and four");
      return a == b;
    };
    for (const mp::split s : mt::every_split()) {
      REQUIRE_THROWS_WITH(mp::par_chunk_by(v, refuse).with(s).count(), "between three and four");
    }
  });
}

TEST_CASE("the predicate may be something that can only be moved") {
  const std::vector<int> v{1, 1, 2};
  auto pred = [held = std::make_unique<int>(0)](int a, int b) { return a - b == *held; };
  REQUIRE(listed(mp::par_chunk_by(v, std::move(pred))) == lists{{1, 1}, {2}});
}
