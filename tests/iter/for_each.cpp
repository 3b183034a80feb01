// SPDX-License-Identifier: MIT OR Apache-2.0
// for_each and for_each_init with plain bodies.
#include "catch.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// Counts how many of it live; cannot be moved.
struct living {
  explicit living(std::atomic<int>& n) : alive(n) { ++alive; }
  living(const living&) = delete;
  living& operator=(const living&) = delete;
  ~living() { --alive; }
  std::atomic<int>& alive;
};

}  // namespace

TEST_CASE(
    "for_each calls the body once for each item, with a reference for a range that is borrowed") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      std::vector<int> v(1000);
      static_assert(std::is_void_v<decltype(mp::par_iter(v).for_each([](int& x) { ++x; }))>);
      mp::par_iter(v).with(s).for_each([](int& x) { ++x; });
      REQUIRE(v == std::vector<int>(1000, 1));
    }
  });
}

TEST_CASE("the body of for_each may take an item that can only be moved, and return anything") {
  std::atomic<std::size_t> sum{0};
  mt::par_numbers(100).map([](std::size_t i) { return std::make_unique<std::size_t>(i); }).for_each(
      [&](std::unique_ptr<std::size_t> p) { return sum += *p; });
  REQUIRE(sum == 4950);
}

TEST_CASE("the body of for_each may itself be movable only") {
  std::atomic<std::size_t> sum{0};
  mt::par_numbers(100).for_each([&, one = std::make_unique<std::size_t>(1)](std::size_t i) {
    sum += i + *one;
  });
  REQUIRE(sum == 5050);
}

TEST_CASE("for_each takes pairs in parts") {
  std::atomic<std::size_t> sum{0};
  mt::par_numbers(100).map([](std::size_t i) { return std::pair(i, 2 * i); }).for_each(
      [&](std::size_t a, std::size_t b) { sum += b - a; });
  REQUIRE(sum == 4950);
}

TEST_CASE("for_each_init makes one state for each participant, and destroys it") {
  mp::thread_pool pool({.num_threads = 1});
  mt::meeting_of_two meeting;
  std::atomic<int> made{0};
  std::atomic<int> alive{0};
  std::atomic<std::size_t> items{0};
  const auto init = [&] {
    ++made;
    return living(alive);
  };
  const auto body = [&](living&, std::size_t) {
    meeting.pass();
    ++items;
  };
  pool.install([&] { mt::par_numbers(1000).with(mp::split_per(10)).for_each_init(init, body); });
  REQUIRE(made == 2);
  REQUIRE(items == 1000);
  REQUIRE(alive == 0);
}

TEST_CASE("one participant has one state for all of its pieces") {
  mp::thread_pool pool({.num_threads = 0});
  for (const mp::split s : mt::every_split()) {
    int made = 0;
    std::size_t items = 0;
    pool.install([&] {
      mt::par_numbers(100).with(s).for_each_init([&] { return ++made; },
                                                 [&](int&, std::size_t) { ++items; });
    });
    REQUIRE(made == 1);
    REQUIRE(items == 100);
  }
}

TEST_CASE("for_each_init goes with filters, and takes pairs in parts behind the state") {
  mt::on_pools([] {
    std::atomic<std::size_t> sum{0};
    mt::par_numbers(100)
        .filter([](std::size_t i) { return i % 2 == 0; })
        .map([](std::size_t i) { return std::pair(i, i); })
        .for_each_init([] { return std::string("state"); },
                       [&](const std::string& s, std::size_t a, std::size_t b) {
                         if (s == "state") sum += a + b;
                       });
    REQUIRE(sum == 4900);
  });
}

TEST_CASE("for_each_init of no items makes no state") {
  int made = 0;
  mt::par_numbers(0).for_each_init([&] { return ++made; }, [](int, std::size_t) {});
  REQUIRE(made == 0);
}

TEST_CASE("what init throws leaves for_each_init") {
  mt::on_pools([] {
    const auto init = []() -> int { throw std::runtime_error("no state"); };
    REQUIRE_THROWS_WITH(mt::par_numbers(10).for_each_init(init, [](int, std::size_t) {}),
                        "no state");
  });
}

// The second loop finds in its memory what the states of the first have left there.
TEST_CASE("where init throws no state is destroyed that was not made") {
  mt::on_pools([] {
    std::atomic<int> alive{0};
    const auto body = [](living&, std::size_t) {};
    const auto init = [&] { return living(alive); };
    const auto no_init = [&]() -> living { throw std::runtime_error("no state"); };
    mt::par_numbers(100).for_each_init(init, body);
    REQUIRE_THROWS_WITH(mt::par_numbers(100).for_each_init(no_init, body), "no state");
    REQUIRE(alive == 0);
  });
}
