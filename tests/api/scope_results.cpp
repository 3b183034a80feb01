// SPDX-License-Identifier: MIT OR Apache-2.0
// scope: its result, what may be forked, and that every child has ended on return.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<int> adds(std::atomic<int>& sum, int n) {
  sum += n;
  co_return n;
}

constexpr auto plain_reference = [](mp::scope_ref) -> int& {
  static int n = 0;
  return n;
};
constexpr auto plain_rvalue_reference = [](mp::scope_ref) -> std::unique_ptr<int>&& {
  static std::unique_ptr<int> p;
  return std::move(p);
};
constexpr auto task_of_reference = [](mp::scope_ref) -> mp::task<int&> {
  static int n = 0;
  co_return n;
};
constexpr auto task_of_void = [](mp::scope_ref) -> mp::task<> { co_return; };

static_assert(std::is_same_v<decltype(mp::scope(plain_reference)), int&>);
static_assert(std::is_void_v<decltype(mp::scope([](mp::scope_ref) {}))>);
static_assert(std::is_same_v<decltype(mp::sync_wait(mp::scope(task_of_reference))), int&>);
static_assert(std::is_void_v<decltype(mp::sync_wait(mp::scope(task_of_void)))>);
static_assert(std::is_copy_constructible_v<mp::scope_ref>);
static_assert(
    !std::is_reference_v<std::remove_reference_t<decltype(mp::scope(plain_rvalue_reference))>>);

}  // namespace

TEST_CASE("the result of a scope is the result of its body") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  int number = 0;
  const auto all = here.run([&] {
    const int value = mp::scope([](mp::scope_ref) { return 1; });
    const auto owned = mp::scope([](mp::scope_ref) { return std::make_unique<int>(2); });
    int& same = mp::scope([&](mp::scope_ref) -> int& { return number; });
    mp::scope([&](mp::scope_ref) { number = 3; });
    const auto moved = mp::sync_wait(
        mp::scope([](mp::scope_ref) -> mp::task<mt::move_only> { co_return mt::move_only(4); }));
    int& again =
        mp::sync_wait(mp::scope([&](mp::scope_ref) -> mp::task<int&> { co_return number; }));
    const int foreign = mp::sync_wait(mp::scope([](mp::scope_ref) { return mt::always_ready{5}; }));
    return value == 1 && *owned == 2 && &same == &number && number == 3 && moved.value == 4 &&
           &again == &number && foreign == 5;
  });
  CHECK(all);
}

TEST_CASE("a scope runs every kind of child to its end") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> sum{0};
  mt::foreign_thread elsewhere;
  const auto fork_all = [&](mp::scope_ref s) {
    const auto lvalue = [&] { sum += 1; };
    s.fork(lvalue);
    s.fork([&] { return sum += 10; });
    s.fork(adds(sum, 100));
    s.fork([&] { return adds(sum, 1000); });
    s.fork([&, only = std::make_unique<int>(10000)] { sum += *only; });
    s.fork([&]() -> mp::task<> {
      co_await elsewhere.resume_here();
      sum += 100000;
    });
    s.fork(elsewhere.resume_here());
  };
  here.run([&] { mp::scope(fork_all); });
  CHECK(sum == 111111);
  sum = 0;
  here.run([&] {
    mp::sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
      fork_all(s);
      co_return;
    }));
  });
  CHECK(sum == 111111);
  sum = 0;
  here.run([&] {
    mp::sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
      co_await elsewhere.resume_here();
      fork_all(s);
      co_await elsewhere.resume_here();
    }));
  });
  CHECK(sum == 111111);
}

TEST_CASE("a scope without children returns at once") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const int sum = here.run([] {
    int n = 0;
    for (int i = 0; i < 1000; ++i) {
      n += mp::scope([](mp::scope_ref) { return 1; });
      n += mp::sync_wait(mp::scope([](mp::scope_ref) -> mp::task<int> { co_return 1; }));
    }
    return n;
  });
  CHECK(sum == 2000);
}

TEST_CASE("no child runs inside fork so a lock held around fork is safe") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::mutex mutex;
  int entered = 0;
  const auto child = [&] {
    const std::lock_guard lock(mutex);
    ++entered;
  };
  const auto child_task = [&]() -> mp::task<> {
    child();
    co_return;
  };
  here.run([&] {
    mp::scope([&](mp::scope_ref s) {
      for (int i = 0; i < 500; ++i) {
        const std::lock_guard lock(mutex);
        s.fork(child);
        s.fork(child_task());
      }
    });
    mp::sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
      for (int i = 0; i < 500; ++i) {
        const std::lock_guard lock(mutex);
        s.fork(child);
        s.fork(child_task());
      }
      co_return;
    }));
  });
  CHECK(entered == 2000);
}

TEST_CASE("a forked lvalue is copied and a forked rvalue is moved") {
  mp::thread_pool pool({.num_threads = 0});
  mt::census census;
  std::atomic<int> runs{0};
  const auto child = [&runs, life = mt::tracked(census)] { ++runs; };
  const int before = census.alive();
  int during = 0;
  pool.scope([&](mp::scope_ref s) {
    s.fork(child);
    s.fork(child);
    during = census.alive();
  });
  CHECK(runs == 2);
  CHECK(during == before + 2);
  CHECK(census.alive() == before);
}

TEST_CASE("when a scope returns its children and all they held are gone") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  const auto held = [](mt::tracked life) -> mp::task<mt::tracked> { co_return life; };
  int left = 0;
  int forked = 0;
  for (int round = 0; round < 100; ++round) {
    here.run([&] {
      mp::scope([&](mp::scope_ref s) {
        for (int i = 0; i < 5; ++i) {
          s.fork([life = mt::tracked(census)] {});
          s.fork(held(mt::tracked(census)));
          forked += 2;
        }
      });
      left += census.alive();
      mp::sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
        for (int i = 0; i < 5; ++i) {
          s.fork([life = mt::tracked(census)] { return life; });
          s.fork(held(mt::tracked(census)));
          forked += 2;
        }
        co_return;
      }));
      left += census.alive();
    });
  }
  CHECK(census.ever() >= forked);
  CHECK(left == 0);
}

TEST_CASE("a scope waits for a child that is still suspended when the body has ended") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const bool awaited = GENERATE(false, true);
  CAPTURE(where, awaited);
  mt::place here(where);
  mt::event go_on;
  std::atomic<bool> body_ended{false};
  bool child_ended = false;
  bool seen_by_caller = false;
  const auto child = [&]() -> mp::task<> {
    co_await go_on;
    child_ended = true;
  };
  std::thread caller([&] {
    here.run([&] {
      if (awaited) {
        mp::sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
          s.fork(child());
          body_ended = true;
          co_return;
        }));
      } else {
        mp::scope([&](mp::scope_ref s) {
          s.fork(child());
          body_ended = true;
        });
      }
      seen_by_caller = child_ended;
    });
  });
  go_on.wait_for_waiter();
  while (!body_ended) std::this_thread::yield();
  go_on.fire();
  caller.join();
  CHECK(seen_by_caller);
}
