// SPDX-License-Identifier: MIT OR Apache-2.0
// Background tasks: whatever can be spawned, and results of every kind, from both handles.
#include "catch.hpp"
#include "ended.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// Made in place: a result of this type has never been anywhere else.
struct immovable {
  explicit immovable(int v) : value(v), made_at(this) {}
  immovable(const immovable&) = delete;
  immovable& operator=(const immovable&) = delete;
  int value;
  const immovable* made_at;
};

template <class T>
using joined = decltype(std::declval<T&>().join());
template <class T>
using tried = decltype(std::declval<T&>().try_join());

static_assert(std::is_same_v<joined<mp::owned_task<int>>, int>);
static_assert(std::is_same_v<joined<mp::owned_task<int&>>, int&>);
static_assert(std::is_same_v<joined<mp::owned_task<void>>, void>);
static_assert(std::is_same_v<tried<mp::owned_task<int>>, std::optional<int>>);
static_assert(std::is_same_v<tried<mp::owned_task<int&>>, mp::optional_ref<int>>);
static_assert(std::is_same_v<tried<mp::owned_task<void>>, bool>);
static_assert(std::is_same_v<joined<const mp::shared_task<int>>, const int&>);
static_assert(std::is_same_v<joined<const mp::shared_task<int&>>, int&>);
static_assert(std::is_same_v<joined<const mp::shared_task<void>>, void>);
static_assert(std::is_same_v<tried<const mp::shared_task<int>>, const int*>);
static_assert(std::is_same_v<tried<const mp::shared_task<int&>>, int*>);
static_assert(std::is_same_v<tried<const mp::shared_task<void>>, bool>);

mp::task<int> number(int n) { co_return n; }
mp::task<int&> reference(int& n) { co_return n; }
mp::task<mt::move_only> moved(int n) { co_return mt::move_only(n); }

// Each way to get a value out, one after the other.
template <class Make>
std::vector<int> from_every_way_out(Make make) {
  std::vector<int> got;
  got.push_back(mp::spawn_owned(make()).join());
  got.push_back(mp::sync_wait(mp::spawn_owned(make())));
  auto owned = mp::spawn_owned(make());
  mt::until_ended(owned);
  got.push_back(owned.try_join().value_or(-1));
  auto shared = mp::spawn_shared(make());
  got.push_back(shared.join());
  got.push_back(shared.join());
  got.push_back(mp::sync_wait(shared));
  got.push_back(*shared.try_join());
  return got;
}

}  // namespace

TEST_CASE(
    "callables, tasks, awaitables and makers of tasks can be spawned, and each gives its value") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto got = here.run([] {
    return std::vector{
        from_every_way_out([] { return [] { return 1; }; }),
        from_every_way_out([] { return number(2); }),
        from_every_way_out([] { return mt::not_suspended{3}; }),
        from_every_way_out([] { return [] { return number(4); }; }),
        from_every_way_out([] { return [] { return mt::inline_resume{5}; }; }),
    };
  });
  for (int k = 0; k < 5; ++k) {
    CAPTURE(k);
    CHECK(got.at(static_cast<std::size_t>(k)) == std::vector<int>(7, k + 1));
  }
}

TEST_CASE("a join of tasks can be spawned as one background task") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  CHECK(here.run([] { return mp::spawn_owned(mp::join(number(1), [] { return 2; })).join(); }) ==
        std::tuple(1, 2));
}

TEST_CASE("a background task without a result says only that it has ended") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  int runs = 0;
  const bool ended = here.run([&] {
    const auto count_task = [&]() -> mp::task<> {
      ++runs;
      co_return;
    };
    mp::spawn_owned([&] { ++runs; }).join();
    mp::spawn_owned(count_task).join();
    auto owned = mp::spawn_owned([&] { ++runs; });
    mt::until_ended(owned);
    const auto shared = mp::spawn_shared(count_task());
    shared.join();
    shared.join();
    mp::sync_wait(shared);
    return owned.try_join() && shared.try_join();
  });
  CHECK(ended);
  CHECK(runs == 4);
}

TEST_CASE("a reference comes out as the object that it refers to") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  int target = 0;
  const auto addresses = here.run([&] {
    const auto refer = [&]() -> int& { return target; };
    std::vector<const int*> all;
    all.push_back(&mp::spawn_owned(refer).join());
    all.push_back(&mp::spawn_owned(reference(target)).join());
    all.push_back(&mp::sync_wait(mp::spawn_owned(refer)));
    auto owned = mp::spawn_owned(refer);
    mt::until_ended(owned);
    all.push_back(&owned.try_join().value());
    const auto shared = mp::spawn_shared(refer);
    all.push_back(&shared.join());
    all.push_back(&mp::sync_wait(shared));
    all.push_back(shared.try_join());
    return all;
  });
  CHECK(addresses == std::vector<const int*>(7, &target));
}

TEST_CASE("an rvalue reference comes out as a value, for what it refers to is gone") {
  mp::thread_pool pool({.num_threads = 1});
  std::string text = "text";
  auto t = pool.spawn_owned([&]() -> std::string&& { return std::move(text); });
  static_assert(std::is_same_v<decltype(t), mp::owned_task<std::string>>);
  CHECK(t.join() == "text");
  CHECK(text.empty());
}

TEST_CASE("a result that only moves and has no default leaves an owned task by value") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto got = here.run([] {
    std::vector<int> all;
    all.push_back(mp::spawn_owned([] { return mt::move_only(1); }).join().value);
    all.push_back(mp::spawn_owned(moved(2)).join().value);
    all.push_back(mp::sync_wait(mp::spawn_owned([] { return moved(3); })).value);
    auto owned = mp::spawn_owned([] { return mt::move_only(4); });
    mt::until_ended(owned);
    all.push_back(owned.try_join().value().value);
    all.push_back(mp::spawn_shared(moved(5)).join().value);
    return all;
  });
  CHECK(got == std::vector{1, 2, 3, 4, 5});
}

TEST_CASE("all who join a shared task get the same object, even one that cannot be moved") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto t = here.run([] { return mp::spawn_shared([] { return immovable(7); }); });
  const auto* first = &here.run([&]() -> const immovable& { return t.join(); });
  CHECK(first->value == 7);
  CHECK(first->made_at == first);
  const auto copy = t;
  CHECK(&copy.join() == first);
  CHECK(copy.try_join() == first);
  CHECK(&mp::sync_wait(t) == first);
}

TEST_CASE("a callable that only moves is moved into its task, a copyable one may stay") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  const auto got = here.run([&] {
    std::vector<int> all;
    auto only_moves = [p = std::make_unique<int>(1)] { return *p; };
    all.push_back(mp::spawn_owned(std::move(only_moves)).join());
    auto makes_task = [p = std::make_unique<int>(2)]() -> mp::task<int> { co_return *p; };
    all.push_back(mp::spawn_owned(std::move(makes_task)).join());
    const auto stays = [life = mt::tracked(census)] { return 3; };
    all.push_back(mp::spawn_owned(stays).join());
    all.push_back(mp::spawn_shared(stays).join());
    all.push_back(census.alive());
    return all;
  });
  CHECK(got == std::vector{1, 2, 3, 3, 1});
}

TEST_CASE("what a task ran is gone when it has ended, and its result with the last handle") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census captures, results;
  const auto returns = [&](mt::tracked) -> mp::task<mt::tracked> {
    co_return mt::tracked(results);
  };
  {
    const auto callable = here.run([&] {
      auto t = mp::spawn_shared([&, life = mt::tracked(captures)] { return mt::tracked(results); });
      t.join();
      return t;
    });
    const auto coroutine = here.run([&] {
      auto t = mp::spawn_shared(returns(mt::tracked(captures)));
      t.join();
      return t;
    });
    CHECK(captures.alive() == 0);
    CHECK(results.alive() == 2);
    const auto copy = callable;
  }
  CHECK(captures.ever() > 0);
  // The worker that ran a task may be the last to let go of it.
  here.pool.shutdown();
  CHECK(results.alive() == 0);
}
