// SPDX-License-Identifier: MIT OR Apache-2.0
// join_all: a range of branches.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "scale.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <forward_list>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<int> value(int n) { co_return n; }
mp::task<> adds(std::atomic<int>& sum, int n) {
  sum += n;
  co_return;
}
mp::task<mt::move_only> moved(int n) { co_return mt::move_only(n); }

std::vector<int> numbers(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// A callable that returns its number and counts its calls.
struct numbered {
  int number;
  std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>(0);
  int operator()() const {
    ++*calls;
    return number;
  }
};

}  // namespace

TEST_CASE("join_all of callables returns their results in the order of the range") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const int count = GENERATE(0, 1, 2, 3, 100, mt::sized(3000, 50));
  CAPTURE(where, count);
  mt::place here(where);
  std::vector<numbered> range;
  for (int i = 0; i < count; ++i) range.push_back({i});
  CHECK(here.run([&] { return mp::join_all(range); }) == numbers(count));
  int wrong = 0;
  for (const auto& f : range) wrong += *f.calls == 1 ? 0 : 1;
  CHECK(wrong == 0);
}

TEST_CASE("join_all of tasks returns their results in the order of the range") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const int count = GENERATE(0, 1, 2, 3, 100, mt::sized(3000, 50));
  CAPTURE(where, count);
  mt::place here(where);
  const auto results = here.run([&] {
    std::vector<mp::task<int>> range;
    for (int i = 0; i < count; ++i) range.push_back(value(i));
    return mp::sync_wait(mp::join_all(std::move(range)));
  });
  CHECK(results == numbers(count));
}

// The deque of the caller, who has no help, grows with one of these ranges.
TEST_CASE("join_all runs every branch of a range of any length") {
  for (int count = 1; count < 600; ++count) {
    mp::thread_pool pool({.num_threads = 0});
    std::vector<std::function<int()>> range;
    for (int i = 0; i < count; ++i) range.push_back([i] { return i; });
    REQUIRE(pool.join_all(range) == numbers(count));
  }
  for (int count = 1; count < 600; ++count) {
    mp::thread_pool pool({.num_threads = 0});
    std::vector<mp::task<int>> range;
    for (int i = 0; i < count; ++i) range.push_back(value(i));
    REQUIRE(pool.sync_wait(mp::join_all(std::move(range))) == numbers(count));
  }
}

TEST_CASE("join_all of void branches returns void") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> sum{0};
  here.run([&] {
    std::vector<std::function<void()>> callables(10, [&] { sum += 1; });
    static_assert(std::is_void_v<decltype(mp::join_all(callables))>);
    mp::join_all(callables);
    std::vector<mp::task<>> tasks;
    for (int i = 0; i < 10; ++i) tasks.push_back(adds(sum, 10));
    auto all = mp::join_all(std::move(tasks));
    static_assert(std::is_void_v<decltype(mp::sync_wait(std::move(all)))>);
    mp::sync_wait(std::move(all));
    std::vector<std::function<void()>> none;
    mp::join_all(none);
    mp::sync_wait(mp::join_all(std::vector<mp::task<>>()));
  });
  CHECK(sum == 110);
}

TEST_CASE("join_all takes any forward range") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto results = here.run([] {
    std::vector<std::vector<int>> all;
    std::forward_list<numbered> list{{0}, {1}, {2}};
    all.push_back(mp::join_all(list));
    const std::array<numbered, 3> fixed{numbered{0}, numbered{1}, numbered{2}};
    all.push_back(mp::join_all(fixed));
    all.push_back(mp::join_all(std::span(fixed)));
    numbered plain[] = {{0}, {1}, {2}};
    all.push_back(mp::join_all(plain));
    all.push_back(mp::join_all(std::vector<numbered>{{0}, {1}, {2}}));
    std::forward_list<mp::task<int>> tasks;
    for (int i = 3; i-- > 0;) tasks.push_front(value(i));
    all.push_back(mp::sync_wait(mp::join_all(std::move(tasks))));
    return all;
  });
  REQUIRE(results.size() == 6);
  for (const auto& r : results) CHECK(r == std::vector{0, 1, 2});
}

TEST_CASE("join_all of callables that return awaitables is an awaitable and copies them") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> calls{0};
  const auto results = here.run([&] {
    std::vector<std::function<mp::task<int>()>> range;
    for (int i = 0; i < 20; ++i) {
      range.push_back([&calls, i] {
        ++calls;
        return value(i);
      });
    }
    auto all = mp::join_all(range);
    range.clear();
    return mp::sync_wait(std::move(all));
  });
  CHECK(results == numbers(20));
  CHECK(calls == 20);
}

TEST_CASE("join_all of foreign awaitables yields their results") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto results = here.run([] {
    std::vector<mt::inline_resume> range;
    for (int i = 0; i < 20; ++i) range.push_back({i});
    return mp::sync_wait(mp::join_all(range));
  });
  CHECK(results == numbers(20));
}

TEST_CASE("join_all returns move-only results and copies of what references refer to") {
  mp::thread_pool pool({.num_threads = 1});
  std::vector<mp::task<mt::move_only>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(moved(i));
  const auto from_tasks = pool.sync_wait(mp::join_all(std::move(tasks)));
  std::vector<std::function<mt::move_only()>> callables;
  for (int i = 0; i < 3; ++i) callables.push_back([i] { return mt::move_only(i); });
  const auto from_callables = pool.join_all(callables);
  REQUIRE(from_tasks.size() == 3);
  REQUIRE(from_callables.size() == 3);
  for (int i = 0; i < 3; ++i) {
    CHECK(from_tasks[static_cast<std::size_t>(i)].value == i);
    CHECK(from_callables[static_cast<std::size_t>(i)].value == i);
  }
  std::array<int, 3> source{7, 8, 9};
  std::vector<std::function<int&()>> referring;
  for (int& n : source) referring.push_back([&n]() -> int& { return n; });
  CHECK(pool.join_all(referring) == std::vector{7, 8, 9});
  std::vector<std::function<bool()>> bools{[] { return true; }, [] { return false; }};
  CHECK(pool.join_all(bools) == std::vector{true, false});
}

TEST_CASE("join_all runs every branch once and rethrows the exception of the lowest index") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  constexpr int count = 300;
  std::atomic<int> runs{0};
  mt::census census;
  const auto run = [&](int i) {
    ++runs;
    if (i % 100 == 77) throw mt::numbered_error(i, census);
    return i;
  };
  const auto task = [&](int i) -> mp::task<int> { co_return run(i); };
  const int blocking = here.run([&] {
    std::vector<std::function<int()>> range;
    for (int i = 0; i < count; ++i) range.push_back([&run, i] { return run(i); });
    return mt::thrown_by([&] { return mp::join_all(range); });
  });
  CHECK(blocking == 77);
  CHECK(runs == count);
  const int awaited = here.run([&] {
    std::vector<mp::task<int>> range;
    for (int i = 0; i < count; ++i) range.push_back(task(i));
    return mt::thrown_by([&] { return mp::sync_wait(mp::join_all(std::move(range))); });
  });
  CHECK(awaited == 77);
  CHECK(runs == 2 * count);
  CHECK(census.alive() == 0);
}
