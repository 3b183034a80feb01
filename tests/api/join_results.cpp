// SPDX-License-Identifier: MIT OR Apache-2.0
// The shapes of what join returns, blocking and awaited.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <variant>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<int> value(int n) { co_return n; }
mp::task<> nothing() { co_return; }
mp::task<int&> refers(int& n) { co_return n; }
mp::task<mt::move_only> moved(int n) { co_return mt::move_only(n); }

template <class A>
using synced = decltype(mp::sync_wait(std::declval<A>()));

int global = 0;
constexpr auto returns_reference = []() -> int& { return global; };
constexpr auto returns_const_reference = []() -> const int& { return global; };
constexpr auto returns_rvalue_reference = []() -> int&& { return std::move(global); };
constexpr auto returns_move_only = [] { return mt::move_only(2); };

static_assert(std::is_same_v<decltype(mp::join(returns_reference, returns_const_reference,
                                               returns_rvalue_reference, returns_move_only)),
                             std::tuple<int&, const int&, int, mt::move_only>>);
static_assert(std::is_same_v<synced<decltype(mp::join(refers(global), value(1), nothing()))>,
                             std::tuple<int&, int, std::monostate>>);
static_assert(
    std::is_void_v<synced<decltype(mp::join(nothing(), [] {}, [] { return nothing(); }))>>);
static_assert(std::is_same_v<decltype(mp::join([] { return 'c'; })), std::tuple<char>>);
static_assert(std::is_void_v<decltype(mp::join([] {}))>);
static_assert(std::is_same_v<synced<decltype(mp::join(value(1)))>, std::tuple<int>>);
static_assert(std::is_void_v<synced<decltype(mp::join(nothing()))>>);

}  // namespace

TEST_CASE("a blocking join returns values, references, move-only objects and monostate") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  int number = 0;
  std::tuple<int, int&, mt::move_only, std::monostate, std::string> all = here.run([&] {
    return mp::join([] { return 1; }, [&]() -> int& { return number; },
                    [] { return mt::move_only(3); }, [&] { number = 4; },
                    [] { return std::string(100, 'x'); });
  });
  CHECK(std::get<0>(all) == 1);
  CHECK(&std::get<1>(all) == &number);
  CHECK(std::get<2>(all).value == 3);
  CHECK(number == 4);
  CHECK(std::get<4>(all) == std::string(100, 'x'));
}

TEST_CASE("an awaited join returns values, references, move-only objects and monostate") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  int number = 0;
  bool ran = false;
  auto all = here.run([&] {
    const auto void_branch = [&]() -> mp::task<> {
      ran = true;
      co_return;
    };
    return mp::sync_wait(mp::join(
        value(1), refers(number), moved(3), void_branch(), [] { return std::make_unique<int>(5); },
        [] { return value(6); }, mt::always_ready{7}));
  });
  static_assert(std::is_same_v<decltype(all), std::tuple<int, int&, mt::move_only, std::monostate,
                                                         std::unique_ptr<int>, int, int>>);
  CHECK(std::get<0>(all) == 1);
  CHECK(&std::get<1>(all) == &number);
  CHECK(std::get<2>(all).value == 3);
  CHECK(ran);
  CHECK(*std::get<4>(all) == 5);
  CHECK(std::get<5>(all) == 6);
  CHECK(std::get<6>(all) == 7);
}

TEST_CASE("a join of one branch returns what that branch returns") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  CHECK(here.run([] { return mp::join([] { return 8; }); }) == std::tuple(8));
  CHECK(here.run([] { return mp::sync_wait(mp::join(value(9))); }) == std::tuple(9));
  bool ran = false;
  here.run([&] { mp::join([&] { ran = true; }); });
  CHECK(ran);
}

TEST_CASE("a join of many branches keeps their order") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto expected = std::tuple(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  const auto blocking = here.run([] {
    return mp::join([] { return 0; }, [] { return 1; }, [] { return 2; }, [] { return 3; },
                    [] { return 4; }, [] { return 5; }, [] { return 6; }, [] { return 7; },
                    [] { return 8; }, [] { return 9; });
  });
  const auto awaited = here.run([] {
    return mp::sync_wait(mp::join(value(0), value(1), value(2), value(3), value(4), value(5),
                                  value(6), value(7), value(8), value(9)));
  });
  CHECK(blocking == expected);
  CHECK(awaited == expected);
}

TEST_CASE("a blocking join calls the callables it was given in place") {
  struct counter {
    counter() = default;
    counter(const counter&) = delete;
    // One callable may be two branches of a join, which run at the same time.
    std::atomic<int> calls = 0;
    void operator()() { ++calls; }
  };
  counter first;
  counter second;
  mp::join(first, second);
  mp::join(first, second, first);
  CHECK(first.calls == 3);
  CHECK(second.calls == 2);
}

TEST_CASE("an awaitable join owns the callables and awaitables it was given") {
  mt::census census;
  int sum = 0;
  const auto make = [&] {
    const auto adds = [&sum, life = mt::tracked(census)] { sum += 1; };
    return mp::join(adds, [&sum, life = mt::tracked(census)]() -> mp::task<> {
      sum += 10;
      co_return;
    });
  };
  {
    auto kept = make();
    CHECK(census.alive() == 2);
    mp::thread_pool none({.num_threads = 0});
    none.sync_wait(std::move(kept));
  }
  CHECK(sum == 11);
  CHECK(census.alive() == 0);
}

TEST_CASE("a callable that returns an awaitable is called by the thread that runs its branch") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  int wrong = 0;
  for (int round = 0; round < 200; ++round) {
    const auto same = here.run([] {
      const auto branch = [] {
        const auto called_on = std::this_thread::get_id();
        const auto run = [](std::thread::id caller) -> mp::task<bool> {
          co_return caller == std::this_thread::get_id();
        };
        return run(called_on);
      };
      return mp::sync_wait(mp::join(branch, branch, branch));
    });
    if (same != std::tuple(true, true, true)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE(
    "a callable that returns an awaitable runs where its branch runs, not where it was given") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate second_started;
  std::thread::id called_on;
  const auto first = [&]() -> mp::task<> {
    second_started.wait_for_arrivals(1);
    co_return;
  };
  const auto second = [&] {
    called_on = std::this_thread::get_id();
    second_started.open();
    second_started.pass();
    return nothing();
  };
  pool.sync_wait(mp::join(first, second));
  CHECK(called_on != std::this_thread::get_id());
}
