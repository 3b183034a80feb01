// SPDX-License-Identifier: MIT OR Apache-2.0
// A function can be given by its name, like any other callable. The name is an lvalue of function
// type, which cannot be stored: with only references and const taken off its type, a background
// task tried to keep a function as a member, and the spawn did not compile.
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

TEST_CASE("functions can be called and joined by name") {
  mp::thread_pool pool({.num_threads = 1});
  REQUIRE(pool.install(one) == 1);
  REQUIRE(pool.join(one, two) == std::tuple(1, 2));
  REQUIRE(pool.install([] { return mp::join(one, two, one); }) == std::tuple(1, 2, 1));
}
