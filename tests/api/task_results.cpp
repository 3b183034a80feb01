// SPDX-License-Identifier: MIT OR Apache-2.0
// What a task may return, what comes out of co_await and sync_wait, and how exceptions travel.
#include "catch.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<> sets(bool& flag) {
  flag = true;
  co_return;
}
mp::task<int&> picks(int& a) { co_return a; }
mp::task<const std::string&> picks_const(const std::string& s) { co_return s; }
mp::task<std::unique_ptr<int>> owns(int n) { co_return std::make_unique<int>(n); }
mp::task<mt::move_only> made(int n) { co_return mt::move_only(n); }
mp::task<mt::move_only> passed(mp::task<mt::move_only> t) { co_return co_await std::move(t); }
mp::task<std::optional<int>> nothing() { co_return std::nullopt; }
mp::task<std::string> from_literal() { co_return "implicitly converted"; }
mp::task<int> fails(int n) {
  throw mt::numbered_error(n);
  co_return 0;
}
mp::task<> fails_with_an_int() {
  throw 42;
  co_return;
}

static_assert(std::is_same_v<mp::task<int>::value_type, int>);
static_assert(std::is_same_v<decltype(mp::sync_wait(std::declval<mp::task<int&>>())), int&>);
static_assert(std::is_same_v<decltype(mp::sync_wait(std::declval<mp::task<const std::string&>>())),
                             const std::string&>);
static_assert(std::is_void_v<decltype(mp::sync_wait(std::declval<mp::task<>>()))>);
static_assert(std::is_same_v<mp::task<>, mp::task<void>>);
static_assert(!std::is_default_constructible_v<mt::move_only>);

}  // namespace

TEST_CASE("a task of void runs to its end") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  bool flag = false;
  here.run([&] { mp::sync_wait(sets(flag)); });
  CHECK(flag);
}

TEST_CASE("a task of a reference yields the very object") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  int number = 1;
  const std::string text = "text";
  const auto same = here.run([&] {
    const auto inside = [&]() -> mp::task<bool> {
      int& r = co_await picks(number);
      r = 5;
      const std::string& same_text = co_await picks_const(text);
      co_return &r == &number && &same_text == &text;
    };
    return mp::sync_wait(inside()) && &mp::sync_wait(picks(number)) == &number;
  });
  CHECK(same);
  CHECK(number == 5);
}

TEST_CASE("a task's result may be move-only and not default-constructible") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  CHECK(*here.run([] { return mp::sync_wait(owns(3)); }) == 3);
  CHECK(here.run([] { return mp::sync_wait(passed(passed(made(4)))); }).value == 4);
}

TEST_CASE("a task's result is made from whatever converts to it") {
  CHECK_FALSE(mp::sync_wait(nothing()).has_value());
  CHECK(mp::sync_wait(from_literal()) == "implicitly converted");
}

TEST_CASE("a result that is not taken is destroyed with its task") {
  mt::census census;
  const auto one = [&]() -> mp::task<mt::tracked> { co_return mt::tracked(census); };
  const auto drops = [&]() -> mp::task<> {
    static_cast<void>(co_await one());
    co_await mp::join(one(), [&]() -> mp::task<> {
      throw mt::numbered_error(1);
      co_return;
    });
  };
  CHECK(mt::thrown_by([&] {
          mp::sync_wait(drops());
          return 0;
        }) == 1);
  CHECK(census.ever() > 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("an exception comes out of co_await and out of sync_wait") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const int caught = here.run([] {
    const auto catches = []() -> mp::task<int> {
      int n = 0;
      try {
        n = co_await fails(6);
      } catch (const mt::numbered_error& e) {
        n = 100 + e.number;
      }
      co_return n;
    };
    return mp::sync_wait(catches());
  });
  CHECK(caught == 106);
  CHECK(here.run([] { return mt::thrown_by([] { return mp::sync_wait(fails(7)); }); }) == 7);
}

TEST_CASE("an exception need not be a std::exception") {
  int caught = 0;
  try {
    mp::sync_wait(fails_with_an_int());
  } catch (int n) {
    caught = n;
  }
  CHECK(caught == 42);
}

TEST_CASE("an exception passes through every task in between") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  const auto nested = [&](auto& self, int depth) -> mp::task<int> {
    const mt::tracked local(census);
    if (depth == 0) co_return co_await fails(9);
    co_return co_await self(self, depth - 1);
  };
  const int number =
      here.run([&] { return mt::thrown_by([&] { return mp::sync_wait(nested(nested, 200)); }); });
  CHECK(number == 9);
  CHECK(census.ever() == 201);
  CHECK(census.alive() == 0);
}

TEST_CASE("a task may await in a loop and go on after a caught exception") {
  const auto counts = []() -> mp::task<int> {
    int caught = 0;
    for (int i = 0; i < 100; ++i) {
      try {
        static_cast<void>(co_await fails(i));
      } catch (const mt::numbered_error& e) {
        caught += e.number == i ? 1 : 0;
      }
    }
    co_return caught;
  };
  CHECK(mp::sync_wait(counts()) == 100);
}
