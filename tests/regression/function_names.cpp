// SPDX-License-Identifier: MIT OR Apache-2.0
// A function can be given by its name, like any other callable. The name is an lvalue of function
// type, which cannot be stored: where only references and const were taken off its type, a
// background task, an awaited branch or a child of a scope tried to keep a function as a member.
#include <micropool/micropool.hpp>

#include "catch.hpp"

#include <atomic>
#include <tuple>
#include <type_traits>

namespace {

namespace mp = micropool;

std::atomic<int> calls{0};

int one() { return 1; }
int two() { return 2; }
void counted() { ++calls; }
mp::task<int> three() { co_return 3; }
mp::task<> counted_later() {
  ++calls;
  co_return;
}
void forks_both(mp::scope_ref s) {
  s.fork(counted);
  s.fork(counted_later);
}
mp::task<> forks_both_later(mp::scope_ref s) {
  forks_both(s);
  co_return;
}

}  // namespace

TEST_CASE("functions can be spawned by name") {
  mp::thread_pool pool({.num_threads = 1});
  auto owned = pool.spawn_owned(one);
  static_assert(std::is_same_v<decltype(owned), mp::owned_task<int>>);
  REQUIRE(owned.join() == 1);
  REQUIRE(pool.spawn_shared(two).join() == 2);
  REQUIRE(pool.spawn_owned(&one).join() == 1);
  REQUIRE(pool.install([] { return mp::spawn_owned(one).join() + mp::spawn_shared(two).join(); }) ==
          3);
  calls = 0;
  pool.spawn_owned(counted).join();
  pool.spawn_shared(counted).join();
  REQUIRE(calls == 2);
}

TEST_CASE("functions that make a task can be spawned by name") {
  mp::thread_pool pool({.num_threads = 1});
  auto owned = pool.spawn_owned(three);
  static_assert(std::is_same_v<decltype(owned), mp::owned_task<int>>);
  REQUIRE(owned.join() == 3);
  REQUIRE(pool.spawn_shared(three).join() == 3);
  calls = 0;
  pool.spawn_owned(counted_later).join();
  REQUIRE(calls == 1);
}

TEST_CASE("functions can be called and joined by name") {
  mp::thread_pool pool({.num_threads = 1});
  REQUIRE(pool.install(one) == 1);
  REQUIRE(pool.join(one, two) == std::tuple(1, 2));
  REQUIRE(pool.install([] { return mp::join(one, two, one); }) == std::tuple(1, 2, 1));
}

TEST_CASE("functions that make a task can be waited for and joined by name") {
  mp::thread_pool pool({.num_threads = 1});
  REQUIRE(pool.sync_wait(three) == 3);
  REQUIRE(pool.sync_wait(mp::join(three, one)) == std::tuple(3, 1));
}

TEST_CASE("functions can be forked by name, and be the body of a scope") {
  mp::thread_pool pool({.num_threads = 1});
  calls = 0;
  pool.scope(forks_both);
  REQUIRE(calls == 2);
  pool.install([] { mp::scope(forks_both); });
  REQUIRE(calls == 4);
  pool.sync_wait(pool.scope(forks_both_later));
  REQUIRE(calls == 6);
  pool.sync_wait(mp::scope(forks_both_later));
  REQUIRE(calls == 8);
}
