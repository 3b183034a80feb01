// SPDX-License-Identifier: MIT OR Apache-2.0
// Two ways in, one engine: what is a call and what is an awaitable.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<long> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

long fib_blocking(int n) {
  if (n < 2) return n;
  auto [a, b] = mp::join([=] { return fib_blocking(n - 1); }, [=] { return fib_blocking(n - 2); });
  return a + b;
}

mp::task<int> seven() { co_return 7; }

constexpr auto plain_int = [] { return 1; };
constexpr auto plain_void = [] {};
constexpr auto makes_task = [] { return seven(); };
constexpr auto takes_scope = [](mp::scope_ref) { return 'x'; };
constexpr auto takes_scope_makes_task = [](mp::scope_ref) -> mp::task<char> { co_return 'x'; };

template <class T>
concept can_be_synced = requires(T t) { mp::sync_wait(std::move(t)); };

// All plain: a call with a result. Any awaitable among them: an awaitable.
static_assert(std::is_same_v<decltype(mp::join(plain_int, plain_int)), std::tuple<int, int>>);
static_assert(
    std::is_same_v<decltype(mp::join(plain_int, plain_void)), std::tuple<int, std::monostate>>);
static_assert(std::is_void_v<decltype(mp::join(plain_void, plain_void))>);
static_assert(can_be_synced<decltype(mp::join(plain_int, seven()))>);
static_assert(can_be_synced<decltype(mp::join(seven(), plain_int))>);
static_assert(can_be_synced<decltype(mp::join(plain_void, makes_task))>);
static_assert(can_be_synced<decltype(mp::join(mt::always_ready{1}, plain_void))>);
static_assert(!can_be_synced<decltype(mp::join(plain_int, plain_int))>);
static_assert(std::is_same_v<decltype(mp::scope(takes_scope)), char>);
static_assert(can_be_synced<decltype(mp::scope(takes_scope_makes_task))>);
static_assert(!can_be_synced<decltype(mp::scope(takes_scope))>);
using callables = std::vector<int (*)()>;
using callables_of_tasks = std::vector<mp::task<int> (*)()>;
static_assert(std::is_same_v<decltype(mp::join_all(callables{})), std::vector<int>>);
static_assert(can_be_synced<decltype(mp::join_all(callables_of_tasks{}))>);
static_assert(can_be_synced<decltype(mp::join_all(std::vector<mp::task<int>>{}))>);

}  // namespace

TEST_CASE("fib through awaited joins of tasks") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  CHECK(here.run([] { return mp::sync_wait(fib(18)); }) == 2584);
}

TEST_CASE("fib through blocking joins of callables") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  CHECK(here.run([] { return fib_blocking(18); }) == 2584);
}

TEST_CASE("both ways in mix at any depth") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto mixed = [](auto& self, int n) -> long {
    if (n < 2) return n;
    auto [a, b] =
        mp::join([&] { return mp::sync_wait(fib(n - 1)); }, [&] { return self(self, n - 2); });
    return a + b;
  };
  CHECK(here.run([&] { return mixed(mixed, 15); }) == 610);
}

TEST_CASE("a join with a task among its branches runs nothing before it is awaited") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> runs{0};
  const auto result = here.run([&] {
    const auto count = [&] { return ++runs; };
    const auto count_in_a_task = [&]() -> mp::task<int> { co_return ++runs; };
    const auto dropped = [&] {
      [[maybe_unused]] auto never = mp::join(count, count_in_a_task(), count_in_a_task);
    };
    dropped();
    auto kept = mp::join(count, count_in_a_task(), count_in_a_task);
    const int before = runs;
    auto all = mp::sync_wait(std::move(kept));
    return std::tuple(before, all);
  });
  CHECK(std::get<0>(result) == 0);
  const auto [a, b, c] = std::get<1>(result);
  CHECK(a + b + c == 6);
  CHECK(runs == 3);
}

TEST_CASE("a scope with an awaitable body runs nothing before it is awaited") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> runs{0};
  const int before = here.run([&] {
    const auto body = [&](mp::scope_ref s) -> mp::task<> {
      s.fork([&] { ++runs; });
      ++runs;
      co_return;
    };
    {
      [[maybe_unused]] auto dropped = mp::scope(body);
    }
    auto kept = mp::scope(body);
    const int seen = runs;
    mp::sync_wait(std::move(kept));
    return seen;
  });
  CHECK(before == 0);
  CHECK(runs == 2);
}

TEST_CASE("the version is one and the same in all its forms") {
  CHECK(mp::version_string == std::to_string(mp::version_major) + "." +
                                  std::to_string(mp::version_minor) + "." +
                                  std::to_string(mp::version_patch));
}
