// SPDX-License-Identifier: MIT OR Apache-2.0
// Tasks are lazy, move-only and awaited at most once; one that never started runs nothing.
#include "catch.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

static_assert(std::is_nothrow_move_constructible_v<mp::task<int>>);
static_assert(std::is_nothrow_move_assignable_v<mp::task<int>>);
static_assert(!std::is_copy_constructible_v<mp::task<int>>);
static_assert(!std::is_copy_assignable_v<mp::task<int>>);
static_assert(std::is_nothrow_default_constructible_v<mp::task<int>>);

mp::task<int> counts(int& runs, mt::tracked) {
  ++runs;
  co_return runs;
}

// The text of the empty_handle that f throws, or what happened instead.
template <class F>
std::string empty_handle_text(F&& f) {
  try {
    f();
  } catch (const mp::empty_handle& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("a task does nothing until it is awaited") {
  mt::census census;
  int runs = 0;
  auto t = counts(runs, mt::tracked(census));
  CHECK(runs == 0);
  CHECK(census.alive() == 1);
  CHECK(mp::sync_wait(std::move(t)) == 1);
  CHECK(runs == 1);
  CHECK(census.alive() == 0);
}

TEST_CASE("destroying a task that never started frees its frame and runs nothing") {
  mt::census census;
  int runs = 0;
  {
    [[maybe_unused]] auto t = counts(runs, mt::tracked(census));
  }
  CHECK(runs == 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("a task may be destroyed on another thread than it was made on") {
  mt::census census;
  int runs = 0;
  auto t = counts(runs, mt::tracked(census));
  std::thread([moved = std::move(t)]() mutable { mp::task<int> last = std::move(moved); }).join();
  CHECK(runs == 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("awaitables that are never awaited free all their tasks") {
  mt::census census;
  int runs = 0;
  {
    std::vector<mp::task<int>> many;
    for (int i = 0; i < 5; ++i) many.push_back(counts(runs, mt::tracked(census)));
    [[maybe_unused]] auto all = mp::join_all(std::move(many));
    [[maybe_unused]] auto two =
        mp::join(counts(runs, mt::tracked(census)), counts(runs, mt::tracked(census)));
    [[maybe_unused]] auto body =
        mp::scope([life = mt::tracked(census)](mp::scope_ref) -> mp::task<> { co_return; });
    CHECK(census.alive() == 8);
  }
  CHECK(runs == 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("a moved-from task is empty and its target is the task") {
  mt::census census;
  int runs = 0;
  auto a = counts(runs, mt::tracked(census));
  CHECK(a);
  auto b = std::move(a);
  CHECK_FALSE(a);
  CHECK(b);
  mp::task<int> c;
  CHECK_FALSE(c);
  c = std::move(b);
  CHECK_FALSE(b);
  CHECK(mp::sync_wait(std::move(c)) == 1);
  CHECK_FALSE(c);
}

TEST_CASE("move assignment frees the task that was there before") {
  mt::census census;
  int runs = 0;
  auto a = counts(runs, mt::tracked(census));
  auto b = counts(runs, mt::tracked(census));
  CHECK(census.alive() == 2);
  a = std::move(b);
  CHECK(census.alive() == 1);
  auto& itself = a;
  a = std::move(itself);
  CHECK(a);
  CHECK(census.alive() == 1);
  CHECK(mp::sync_wait(std::move(a)) == 1);
  CHECK(runs == 1);
}

TEST_CASE("a task's frame and locals are gone when its awaiter goes on") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  int runs = 0;
  const int alive = here.run([&] {
    const auto outer = [&]() -> mp::task<int> {
      static_cast<void>(co_await counts(runs, mt::tracked(census)));
      co_return census.alive();
    };
    return mp::sync_wait(outer());
  });
  CHECK(runs == 1);
  CHECK(alive == 0);
}

TEST_CASE("running an empty task throws empty_handle and says why") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  int runs = 0;
  mt::census census;
  const auto texts = here.run([&] {
    std::vector<std::string> all;
    all.push_back(empty_handle_text([] { mp::sync_wait(mp::task<int>()); }));
    all.push_back(empty_handle_text([&] {
      auto t = counts(runs, mt::tracked(census));
      const auto twice = [](mp::task<int> once) -> mp::task<> {
        static_cast<void>(co_await std::move(once));
        static_cast<void>(co_await std::move(once));
      };
      mp::sync_wait(twice(std::move(t)));
    }));
    all.push_back(empty_handle_text(
        [&] { mp::sync_wait(mp::join(counts(runs, mt::tracked(census)), mp::task<int>())); }));
    all.push_back(empty_handle_text([] {
      std::vector<mp::task<>> one(1);
      mp::sync_wait(mp::join_all(std::move(one)));
    }));
    all.push_back(
        empty_handle_text([] { mp::scope([](mp::scope_ref s) { s.fork(mp::task<>()); }); }));
    all.push_back(empty_handle_text([] { mp::sync_wait([]() -> mp::task<> { return {}; }); }));
    return all;
  });
  REQUIRE(texts.size() == 6);
  for (const auto& text : texts) {
    CHECK_THAT(text, mt::contains("holds no coroutine"));
    CHECK_THAT(text, mt::contains("each task can be used once"));
  }
  CHECK(runs == 1);  // the first await of the one that was awaited twice
  CHECK(census.alive() == 0);
}
