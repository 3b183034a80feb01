// SPDX-License-Identifier: MIT OR Apache-2.0
// all, any, find, find_map, position.
#include "catch.hpp"
#include "on_pools.hpp"
#include "scale.hpp"
#include "seed.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <compare>
#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

constexpr std::size_t none = 1000;

auto is_in(const std::vector<std::size_t>& hits) {
  return [&hits](std::size_t i) {
    for (const std::size_t h : hits) {
      if (i == h) return true;
    }
    return false;
  };
}

// Makes lower indices late, so that higher ones are found first.
class adversary {
public:
  adversary(std::mt19937_64& random, std::size_t n) {
    for (std::size_t i = 0; i < 1 + random() % 4; ++i) hits.push_back(random() % n);
    lowest = *std::ranges::min_element(hits);
    highest = *std::ranges::max_element(hits);
    slow_below = random() % 2 == 0 ? lowest + 1 : random() % n;
    delay = random() % 200;
  }
  bool hit(std::size_t i) const {
    if (i < slow_below) {
      for (std::size_t k = 0; k < delay; ++k) spins_.fetch_add(1, std::memory_order_relaxed);
    }
    return is_in(hits)(i);
  }

  std::vector<std::size_t> hits;
  std::size_t lowest = 0;
  std::size_t highest = 0;
  std::size_t slow_below = 0;
  std::size_t delay = 0;

private:
  mutable std::atomic<std::size_t> spins_{0};
};

constexpr std::size_t count = 200;

// Calls wrong_answers(adversary, numbers, random) for many adversaries; numbers() is a chain of
// `count` numbers.
template <class F>
void against_late_threads(const char* seed, F wrong_answers) {
  auto random = mt::seeded_engine(seed);
  mt::on_pools([&] {
    for (const mp::split& s : mt::every_split()) {
      std::size_t wrong = 0;
      for (std::size_t round = 0; round < mt::scaled(150); ++round) {
        const adversary a(random, count);
        wrong += wrong_answers(a, [&] { return mt::par_numbers(count).with(s); }, random);
      }
      CHECK(wrong == 0);
    }
  });
}

}  // namespace

TEST_CASE("searches yield references, values and positions") {
  std::vector<int> v{1, 2, 3, 2};
  const auto two = [](int i) { return i == 2; };
  static_assert(std::same_as<decltype(mp::par_iter(v).find_any(two)), mp::optional_ref<int>>);
  static_assert(std::same_as<decltype(mp::par_iter(std::as_const(v)).find_last(two)),
                             mp::optional_ref<const int>>);
  static_assert(std::same_as<decltype(mp::par_iter(v).async().any(two)), mp::task<bool>>);
  REQUIRE(&*mp::par_iter(v).find_first(two) == &v[1]);
  REQUIRE(&*mp::par_iter(v).find_last(two) == &v[3]);
  REQUIRE(*mp::par_iter(v).find_any(two) == 2);
  REQUIRE(mp::par_iter(v).position_first(two) == 1u);
  REQUIRE(mp::par_iter(v).position_last(two) == 3u);
  const auto any = mp::par_iter(v).position_any(two);
  REQUIRE((any == 1u || any == 3u));
  REQUIRE(mp::par_iter(v).positions(two) == std::vector<std::size_t>{1, 3});
  REQUIRE(mt::par_numbers(9).find_first([](std::size_t i) { return i > 4; }) == 5u);
}

TEST_CASE("in nothing, nothing is found") {
  const auto yes = [](std::size_t) { return true; };
  const auto no = [](std::size_t) { return false; };
  for (const std::size_t n : {0, 1, 100}) {
    const auto& never = no;
    REQUIRE(!mt::par_numbers(n).any(never));
    REQUIRE(mt::par_numbers(n).all(yes));
    REQUIRE(mt::par_numbers(n).all(no) == (n == 0));
    REQUIRE(mt::par_numbers(n).any(yes) == (n != 0));
    REQUIRE(!mt::par_numbers(n).find_any(no));
    REQUIRE(!mt::par_numbers(n).find_first(no));
    REQUIRE(!mt::par_numbers(n).find_last(no));
    REQUIRE(!mt::par_numbers(n).position_any(no));
    REQUIRE(!mt::par_numbers(n).position_first(no));
    REQUIRE(!mt::par_numbers(n).position_last(no));
    REQUIRE(mt::par_numbers(n).positions(no).empty());
    REQUIRE(!mt::par_numbers(n).find_map_first([](std::size_t) { return std::optional<int>(); }));
  }
}

TEST_CASE("find_map yields what its function yields") {
  std::vector<std::string> v{"x", "12", "y", "7"};
  const auto number = [](const std::string& s) -> std::optional<int> {
    if (s[0] < '0' || s[0] > '9') return std::nullopt;
    return std::stoi(s);
  };
  REQUIRE(mp::par_iter(v).find_map_first(number) == 12);
  const std::optional<int> any = mp::par_iter(v).find_map_any(number);
  REQUIRE((any == 12 || any == 7));
  REQUIRE(mp::par_iter(v).find_map_first([](std::string& s) { return s == "y" ? &s : nullptr; }) ==
          &v[2]);
  auto moved = mt::par_numbers(100).find_map_first([](std::size_t i) {
    return i < 50 ? nullptr : std::make_unique<std::size_t>(i);
  });
  REQUIRE(*moved == 50);
}

TEST_CASE("the last is found on chains that cannot be entered from the rear") {
  mt::on_pools([] {
    for (const mp::split& s : mt::every_split()) {
      const auto even = [](std::size_t i) { return i % 2 == 0; };
      for (const std::size_t last : {0, 2, 64, 150}) {
        CHECK(mt::par_numbers(199).with(s).filter(even).find_last([&](std::size_t i) {
          return i <= last;
        }) == last);
      }
      CHECK(!mt::par_numbers(199).with(s).filter(even).find_last(
          [](std::size_t i) { return i == 3; }));
    }
  });
}

TEST_CASE("searches look at no more than they need") {
  mp::thread_pool pool({.num_threads = 0});
  const std::size_t huge = std::size_t{1} << 62;
  std::size_t looked_at = 0;
  const auto at = [&](std::size_t wanted) {
    return [&looked_at, wanted](std::size_t i) {
      ++looked_at;
      return i == wanted;
    };
  };
  pool.install([&] {
    CHECK(mt::par_numbers(huge).find_first(at(99)) == 99u);
    CHECK(mt::par_numbers(huge).find_last(at(huge - 100)) == huge - 100);
    CHECK(mt::par_numbers(huge).position_last(at(huge - 100)) == huge - 100);
    CHECK(mt::par_numbers(huge).position_first(at(99)) == 99u);
    CHECK(mt::par_numbers(huge).any(at(99)));
  });
  REQUIRE(looked_at == 500);
}

TEST_CASE("positions are in order however the loop is cut") {
  mt::on_pools([] {
    for (const mp::split& s : mt::every_split()) {
      std::vector<std::size_t> expected;
      for (std::size_t i = 0; i < 500; i += 3) expected.push_back(i);
      CHECK(mt::par_numbers(500).with(s).positions([](std::size_t i) { return i % 3 == 0; }) ==
            expected);
    }
  });
}

TEST_CASE("the lowest index wins against late threads, under every split") {
  against_late_threads("search", [](const adversary& a, auto numbers, auto&) {
    std::size_t wrong = 0;
    const auto hit = [&](std::size_t i) { return a.hit(i); };
    wrong += numbers().find_first(hit) != a.lowest;
    wrong += numbers().find_last(hit) != a.highest;
    wrong += numbers().position_first(hit) != a.lowest;
    wrong += numbers().position_last(hit) != a.highest;
    wrong += numbers().find_map_first([&](std::size_t i) {
      return hit(i) ? std::optional(i) : std::nullopt;
    }) != a.lowest;
    // At the lowest hit the left side is greater, at all others it is less.
    wrong += numbers().cmp_by(mt::numbers{count}, [&](std::size_t i, std::size_t) {
      if (!hit(i)) return std::strong_ordering::equal;
      return i == a.lowest ? std::strong_ordering::greater : std::strong_ordering::less;
    }) != std::strong_ordering::greater;
    return wrong;
  });
}

TEST_CASE("the exception of the lowest index wins against late threads, under every split") {
  against_late_threads("search exceptions", [](const adversary& a, auto numbers, auto& random) {
    std::size_t wrong = 0;
    const std::size_t found_at = random() % count;
    const auto throwing = [&](std::size_t i) {
      if (i == found_at) return true;
      if (a.hit(i)) throw i;
      return false;
    };
    const auto seen = [&](auto search) -> std::size_t {
      try {
        const auto found = search();
        return found.has_value() ? *found : none;
      } catch (std::size_t thrown) {
        return thrown;
      }
    };
    const std::size_t expected = std::min(found_at, a.lowest);
    wrong += seen([&] { return numbers().find_first(throwing); }) != expected;
    wrong += seen([&] { return numbers().position_first(throwing); }) != expected;
    wrong += seen([&] { return numbers().filter(throwing).find_last([&](std::size_t) {
      return true;
    }); }) != a.lowest && found_at != a.lowest;
    return wrong;
  });
}

namespace {

// An item that may be moved from once.
class moved_once {
public:
  explicit moved_once(std::size_t index) noexcept : index_(index) {}
  moved_once(moved_once&& other) noexcept : index_(other.index_) {
    if (std::exchange(other.is_moved_from_, true)) ++moved_twice;
  }
  std::size_t index() const noexcept { return index_; }

  static inline std::atomic<int> moved_twice{0};

private:
  std::size_t index_;
  bool is_moved_from_ = false;
};

// Three threads begin with an item each. The thread with the lowest one keeps the others waiting
// for work in front of theirs, the middle one throws, and the highest finds.
class found_behind_a_throw {
public:
  bool holds(const moved_once& item) {
    const std::size_t mine = first_of_this_thread(item.index());
    if (mine != item.index()) {
      if (mine == highest()) went_on_ = true;
      wait_for(went_on_);
      return false;
    }
    everybody_.arrive_and_wait();
    if (mine == highest()) {
      wait_for(thrown_);
      // Until the loop has noted what was thrown.
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return true;
    }
    if (mine != lowest()) {
      thrown_ = true;
      throw std::runtime_error("in front of what is found");
    }
    wait_for(went_on_);
    return false;
  }
  // The highest has run another item.
  bool went_on() const { return went_on_; }

private:
  std::size_t first_of_this_thread(std::size_t index) {
    const std::lock_guard lock(mutex_);
    return first_.emplace(std::this_thread::get_id(), index).first->second;
  }
  std::size_t lowest() { return bounds().first; }
  std::size_t highest() { return bounds().second; }
  std::pair<std::size_t, std::size_t> bounds() {
    const std::lock_guard lock(mutex_);
    std::pair<std::size_t, std::size_t> b{none, 0};
    for (const auto& [thread, index] : first_) {
      b = {std::min(b.first, index), std::max(b.second, index)};
    }
    return b;
  }
  // Not for ever: if the throw was noted too late, what was found has ended the loop.
  static void wait_for(const std::atomic<bool>& flag) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
    while (!flag && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }

  mt::countdown everybody_{3};
  std::mutex mutex_;
  std::map<std::thread::id, std::size_t> first_;
  std::atomic<bool> thrown_{false};
  std::atomic<bool> went_on_{false};
};

}  // namespace

TEST_CASE("what find_any has found behind an item that throws is moved from once") {
  moved_once::moved_twice = 0;
  mp::thread_pool pool({.num_threads = 2});
  bool seen = false;
  for (int round = 0; round < 20 && !seen; ++round) {
    found_behind_a_throw order;
    pool.install([&] {
      auto items = mp::par_range(64).with(mp::split_per_item()).map([](std::size_t i) {
        return moved_once(i);
      });
      try {
        static_cast<void>(std::move(items).find_any(
            [&](const moved_once& item) { return order.holds(item); }));
      } catch (const std::runtime_error&) {
      }
    });
    seen = order.went_on();
  }
  REQUIRE(seen);
  REQUIRE(moved_once::moved_twice == 0);
}
