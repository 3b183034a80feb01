// SPDX-License-Identifier: MIT OR Apache-2.0
// is_sorted, all_equal.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

std::vector<int> ascending(std::size_t n) {
  std::vector<int> v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<int>(i / 3);
  return v;
}

}  // namespace

TEST_CASE("nothing and one item are sorted and equal") {
  for (std::size_t n : {0, 1}) {
    REQUIRE(mt::par_numbers(n).is_sorted());
    REQUIRE(mt::par_numbers(n).is_sorted_by(std::greater<>()));
    REQUIRE(mt::par_numbers(n).all_equal());
  }
}

TEST_CASE("a single step down is found wherever the loop is cut") {
  mt::on_pools([] {
    for (const mp::split& s : mt::every_split()) {
      auto v = ascending(60);
      CHECK(mp::par_iter(v).with(s).is_sorted());
      for (std::size_t i = 0; i + 1 < v.size(); ++i) {
        auto broken = v;
        broken[i] = broken[i + 1] + 1;
        CHECK(!mp::par_iter(broken).with(s).is_sorted());
        CHECK(!mp::par_iter(broken).with(s).map(std::identity()).is_sorted());
        const auto as_text = [](int x) { return std::to_string(x + 100); };
        CHECK(!mp::par_iter(broken).with(s).is_sorted_by_key(as_text));
        const auto others = [&](const int& x) { return &x != &broken[i]; };
        CHECK(mp::par_iter(broken).with(s).filter(others).is_sorted());
      }
    }
  });
}

TEST_CASE("a single item that differs is found wherever the loop is cut") {
  mt::on_pools([] {
    for (const mp::split& s : mt::every_split()) {
      std::vector<std::string> v(60, "same");
      CHECK(mp::par_iter(v).with(s).all_equal());
      for (std::string& x : v) {
        x = "other";
        CHECK(!mp::par_iter(v).with(s).all_equal());
        CHECK(!mp::par_iter(v).with(s).map([](const std::string& y) { return y; }).all_equal());
        CHECK(mp::par_iter(v).with(s).filter([&](const auto& y) { return &y != &x; }).all_equal());
        x = "same";
      }
    }
  });
}

TEST_CASE("neighbours that two threads have looked at are compared in the end") {
  mp::thread_pool pool({.num_threads = 1});
  const auto apart = [](auto& meeting) {
    return mt::par_numbers(2).with(mp::split_per_item()).map([&](std::size_t i) {
      meeting.pass();
      return 2 - i;
    });
  };
  pool.install([&] {
    mt::meeting_of_two first, second;
    CHECK(!apart(first).is_sorted());
    CHECK(!apart(second).all_equal());
  });
}

TEST_CASE("items that only move are compared, each key and each item once") {
  mt::on_pools([] {
    std::atomic<std::size_t> fetched{0};
    const auto fetch = [&](std::size_t i) {
      ++fetched;
      return std::make_unique<std::size_t>(i / 2);
    };
    const auto less = [](const auto& a, const auto& b) { return *a < *b; };
    CHECK(mt::par_numbers(500).map(fetch).is_sorted_by(less));
    CHECK(fetched == 500);
    CHECK(mt::par_numbers(500).is_sorted_by_key([&](std::size_t i) {
      ++fetched;
      return i / 2;
    }));
    CHECK(fetched == 1000);
  });
}

TEST_CASE("keys that are parts of referenced items are not copied") {
  struct named {
    std::unique_ptr<int> name;
  };
  std::vector<named> v;
  for (int i = 0; i < 100; ++i) v.push_back({std::make_unique<int>(i)});
  const auto address = [](const named& n) -> const int& { return *n.name; };
  REQUIRE(mp::par_iter(v).is_sorted_by_key(address));
  std::swap(v[40], v[41]);
  REQUIRE(!mp::par_iter(v).is_sorted_by_key(address));
}

TEST_CASE("a loop that is not sorted ends early") {
  mp::thread_pool pool({.num_threads = 0});
  std::size_t looked_at = 0;
  const bool sorted = pool.install([&] {
    return mt::par_numbers(std::size_t{1} << 40)
        .map([&](std::size_t i) {
          ++looked_at;
          return i < 1000 ? i : 0;
        })
        .is_sorted();
  });
  REQUIRE(!sorted);
  REQUIRE(looked_at == 1001);
  static_assert(std::same_as<decltype(mt::par_numbers(1).async().is_sorted()), mp::task<bool>>);
}
