// SPDX-License-Identifier: MIT OR Apache-2.0
// What the templates of blocking calls ask about a fiber: does this code run in one, and has it
// been away since it pushed?
#include <micropool/micropool.hpp>

#include "catch.hpp"

#include <coroutine>
#include <functional>
#include <tuple>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace {

using micropool::detail::current_participant;
using micropool::detail::job;
using micropool::detail::this_fiber;
using micropool::detail::migration_check;

struct always_ready {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};
struct never_suspends {
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
  void await_resume() const noexcept {}
};

}  // namespace

TEST_CASE("only the code of a stackful task itself is in a fiber") {
  mp::thread_pool pool({.num_threads = 0});
  mp::thread_pool other({.num_threads = 0});
  const bool outside = pool.install([] { return this_fiber() != nullptr; });
  const auto in_coroutine = []() -> mp::task<bool> { co_return this_fiber() != nullptr; };
  const auto [before, branch, awaited, guest, after] = pool.sync_wait(mp::stackful([&] {
    const auto* const own = this_fiber();
    bool second = false;
    mp::join([] {}, [&] { second = this_fiber() == own; });
    return std::tuple(own != nullptr, second, mp::await(in_coroutine()),
                      other.install([] { return this_fiber() != nullptr; }), this_fiber() == own);
  }));
  CHECK_FALSE(outside);
  CHECK(before);
  CHECK(branch);
  CHECK_FALSE(awaited);
  CHECK_FALSE(guest);
  CHECK(after);
}

TEST_CASE("a fiber has been away if its host has truly suspended since and only then") {
  mp::thread_pool pool({.num_threads = 0});
  const auto [at_once, ready, taken_back, suspended, nested] = pool.sync_wait(mp::stackful([] {
    const migration_check pushed(*current_participant());
    const bool a = pushed.migrated();
    mp::await(always_ready());
    const bool b = pushed.migrated();
    mp::await(never_suspends());
    const bool c = pushed.migrated();
    mp::await(mp::yield());
    const bool d = pushed.migrated();
    const migration_check again(*current_participant());
    return std::tuple(a, b, c, d, again.migrated());
  }));
  CHECK_FALSE(at_once);
  CHECK_FALSE(ready);
  CHECK_FALSE(taken_back);
  CHECK(suspended);
  CHECK_FALSE(nested);
}

TEST_CASE("code on a thread's own stack is never away") {
  mp::thread_pool pool({.num_threads = 0});
  const bool moved = pool.sync_wait([]() -> mp::task<bool> {
    const migration_check here(*current_participant());
    co_await mp::yield();
    co_return here.migrated() || here.in_fiber() != nullptr;
  });
  CHECK_FALSE(moved);
}

TEST_CASE("a branch that a fiber may leave behind knows the inbox of the host") {
  mp::thread_pool pool({.num_threads = 0});
  const auto [joined, all_joined] = pool.sync_wait(mp::stackful([] {
    const auto oldest_is_at_home = [] {
      const job* const oldest = current_participant()->jobs.peek_oldest().element;
      return oldest != nullptr && oldest->home == this_fiber()->host.home;
    };
    bool one = false;
    bool other = false;
    mp::join([&] { one = oldest_is_at_home(); }, [] {});
    const std::vector<std::function<void()>> branches{[&] { other = oldest_is_at_home(); }, [] {},
                                                      [] {}};
    mp::join_all(branches);
    return std::pair(one, other);
  }));
  CHECK(joined);
  CHECK(all_joined);
}
