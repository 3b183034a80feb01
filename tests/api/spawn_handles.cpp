// SPDX-License-Identifier: MIT OR Apache-2.0
// The handles of background tasks as objects: an owned one moves, shared ones are copied and equal.
#include "catch.hpp"
#include "ended.hpp"
#include "gate.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <functional>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

static_assert(!std::is_copy_constructible_v<mp::owned_task<int>>);
static_assert(!std::is_copy_assignable_v<mp::owned_task<int>>);
static_assert(std::is_nothrow_move_constructible_v<mp::owned_task<int>>);
static_assert(std::is_nothrow_move_assignable_v<mp::owned_task<int>>);
static_assert(std::is_nothrow_default_constructible_v<mp::owned_task<int>>);
static_assert(std::is_nothrow_copy_constructible_v<mp::shared_task<int>>);
static_assert(std::is_nothrow_copy_assignable_v<mp::shared_task<int>>);
static_assert(std::is_nothrow_move_constructible_v<mp::shared_task<int>>);
static_assert(std::is_nothrow_move_assignable_v<mp::shared_task<int>>);
static_assert(std::is_nothrow_default_constructible_v<mp::shared_task<int>>);
static_assert(sizeof(mp::owned_task<int>) == sizeof(void*));
static_assert(sizeof(mp::shared_task<int>) == sizeof(void*));

}  // namespace

TEST_CASE("a handle is true exactly while it holds a task") {
  mp::thread_pool pool({.num_threads = 1});
  mp::owned_task<int> owned;
  mp::shared_task<int> shared;
  CHECK_FALSE(owned);
  CHECK_FALSE(shared);
  owned = pool.spawn_owned([] { return 1; });
  shared = pool.spawn_shared([] { return 2; });
  CHECK(owned);
  CHECK(shared);
  CHECK(owned.join() == 1);
  CHECK(shared.join() == 2);
  CHECK_FALSE(owned);
  CHECK(shared);
  shared.cancel();
  CHECK_FALSE(shared);
  owned = pool.spawn_owned([] { return 3; });
  owned.cancel();
  CHECK_FALSE(owned);
}

TEST_CASE("a task goes with the handle that it is moved to") {
  mp::thread_pool pool({.num_threads = 1});
  auto a = pool.spawn_owned([] { return 1; });
  auto b = std::move(a);
  CHECK_FALSE(a);
  a = std::move(b);
  CHECK_FALSE(b);
  auto& itself = a;
  a = std::move(itself);
  CHECK(a);
  CHECK(a.join() == 1);
  auto c = pool.spawn_shared([] { return 2; });
  auto d = std::move(c);
  CHECK_FALSE(c);
  auto& same = d;
  d = std::move(same);
  CHECK(d.join() == 2);
  d = same;
  CHECK(d.join() == 2);
}

TEST_CASE("assigning to a handle detaches the task that it held, which still runs") {
  const std::size_t workers = GENERATE(0u, 1u, 2u);
  CAPTURE(workers);
  std::atomic<int> runs{0};
  {
    mp::thread_pool pool({.num_threads = workers});
    auto owned = pool.spawn_owned([&] { ++runs; });
    owned = pool.spawn_owned([&] { runs += 10; });
    owned.join();
    auto shared = pool.spawn_shared([&] { runs += 100; });
    shared = pool.spawn_shared([&] { runs += 1000; });
    shared.join();
  }
  CHECK(runs == 1111);
}

TEST_CASE("copies of a shared handle hold the same task, which runs once") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::census census;
  std::atomic<int> runs{0};
  here.run([&] {
    std::vector<mp::shared_task<int>> copies(
        20, mp::spawn_shared([&, life = mt::tracked(census)] { return ++runs; }));
    for (const auto& t : copies) runs += t.join() == 1 ? 0 : 100;
  });
  CHECK(runs == 1);
  CHECK(census.alive() == 0);
}

TEST_CASE("handles may be made, moved, copied and dropped on different threads") {
  mp::thread_pool pool({.num_threads = 2});
  mt::census census;
  std::atomic<int> sum{0};
  for (int round = 0; round < 200; ++round) {
    auto owned = pool.spawn_owned([&, life = mt::tracked(census)] { return 1; });
    const auto shared = pool.spawn_shared([&, life = mt::tracked(census)] { return 10; });
    mt::countdown together(3);
    const auto joins = [&](auto mine) {
      together.arrive_and_wait();
      sum += mine.join();
    };
    std::thread first(joins, std::move(owned));
    std::thread second(joins, shared);
    std::thread third([&, mine = shared]() mutable {
      together.arrive_and_wait();
      mine = {};
    });
    first.join();
    second.join();
    third.join();
  }
  CHECK(sum == 200 * 11);
  CHECK(census.alive() == 0);
}

TEST_CASE("members of handles and scopes are called through pointers, too") {
  mp::thread_pool pool({.num_threads = 1});
  auto owned = pool.spawn_owned([] { return 1; });
  CHECK(std::mem_fn(&mp::owned_task<int>::join)(owned) == 1);
  int (mp::owned_task<int>::*const joins)() = &mp::owned_task<int>::join;
  owned = pool.spawn_owned([] { return 2; });
  CHECK((owned.*joins)() == 2);
  const auto shared = pool.spawn_shared([] { return 3; });
  CHECK(std::invoke(&mp::shared_task<int>::join, shared) == 3);
  bool stopped = false;
  mp::scope([&](mp::scope_ref s) {
    const std::stop_token token = std::invoke(&mp::scope_ref::stop_token, s);
    std::bind(&mp::scope_ref::request_stop, s)();
    stopped = token.stop_requested() && std::invoke(&mp::scope_ref::stop_requested, s);
  });
  CHECK(stopped);
}
