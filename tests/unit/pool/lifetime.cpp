// SPDX-License-Identifier: MIT OR Apache-2.0
// How long a pool's state lives, and how guests share its slots.
#include "sched/pool_state.hpp"

#include "foreign.hpp"
#include "place.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// A pool whose state is seen to go: the one hook that outlives the pool holds the last reference to
// an object.
struct watched_pool {
  explicit watched_pool(std::size_t workers) {
    auto life = std::make_shared<std::atomic<int>>(0);
    state = life;
    pool.emplace(mp::pool_options{
        .num_threads = workers,
        .on_unhandled_exception = [kept = std::move(life)](std::exception_ptr) { ++*kept; },
    });
  }
  bool state_is_gone() const { return state.expired(); }
  std::optional<mp::thread_pool> pool;
  std::weak_ptr<std::atomic<int>> state;
};

std::size_t guests(const mp::thread_pool& pool) {
  return pool.stats().participants.size() - pool.num_threads();
}

}  // namespace

TEST_CASE("a pool that was never called is gone when it is destroyed") {
  for (const std::size_t workers : {0u, 3u}) {
    watched_pool w(workers);
    CHECK_FALSE(w.state_is_gone());
    w.pool.reset();
    CHECK(w.state_is_gone());
  }
}

TEST_CASE("a thread's slot keeps the state until the thread calls another pool") {
  mp::thread_pool other({.num_threads = 0});
  watched_pool w(1);
  w.pool->join([] {}, [] {});
  std::thread([&] { w.pool.reset(); }).join();
  CHECK_FALSE(w.state_is_gone());
  other.join([] {}, [] {});
  CHECK(w.state_is_gone());
}

TEST_CASE("the thread that ends a pool gives back the slot that it has there") {
  watched_pool w(1);
  w.pool->join([] {}, [] {});
  w.pool.reset();
  CHECK(w.state_is_gone());
}

TEST_CASE("a thread's slot keeps the state until the thread ends") {
  watched_pool w(1);
  mt::countdown called(1);
  mt::gate go_on;
  std::thread caller([&] {
    w.pool->join([] {}, [] {});
    called.arrive();
    go_on.pass();
  });
  called.wait();
  w.pool.reset();
  CHECK_FALSE(w.state_is_gone());
  go_on.open();
  caller.join();
  CHECK(w.state_is_gone());
}

TEST_CASE("a call on a second pool inside a call leaves no reference behind") {
  watched_pool outer(0);
  watched_pool inner(0);
  std::thread([&] {
    outer.pool->join([&] { inner.pool->join([] {}, [] {}); }, [] {});
    inner.pool.reset();
    // The first pool's slot is the one that is kept.
    CHECK(inner.state_is_gone());
  }).join();
  outer.pool.reset();
  CHECK(outer.state_is_gone());
}

TEST_CASE("a coroutine that has moved to another pool and back leaves no reference behind") {
  watched_pool home(1);
  watched_pool away(1);
  mt::foreign_thread elsewhere;
  std::thread([&] {
    for (int i = 0; i < 20; ++i) {
      home.pool->sync_wait([&]() -> mp::task<> {
        co_await mp::resume_on(*away.pool);
        co_await elsewhere.resume_here();
        co_await mp::resume_on(*home.pool);
      });
    }
  }).join();
  away.pool.reset();
  home.pool.reset();
  CHECK(away.state_is_gone());
  CHECK(home.state_is_gone());
}

TEST_CASE("a pool that could not be made is gone") {
  auto life = std::make_shared<std::atomic<int>>(0);
  const std::weak_ptr<std::atomic<int>> state = life;
  const auto make = [&] {
    const mp::thread_pool pool({.num_threads = 3,
                                .on_thread_exit = [kept = std::move(life)](std::size_t) {},
                                .spawn_handler =
                                    [](std::size_t i, std::function<void()> body) {
                                      return i == 2 ? std::thread() : std::thread(std::move(body));
                                    }});
  };
  CHECK_THROWS_AS(make(), std::invalid_argument);
  CHECK(state.expired());
}

TEST_CASE("threads that come one after the other share one slot") {
  mp::thread_pool pool({.num_threads = 2});
  for (int i = 0; i < 50; ++i) {
    std::thread([&] {
      for (int k = 0; k < 3; ++k) pool.join([] {}, [] {});
    }).join();
  }
  CHECK(guests(pool) == 1);
}

TEST_CASE("threads that are inside at the same time have a slot each") {
  mp::thread_pool pool({.num_threads = 1});
  constexpr std::size_t count = 70;  // more than one chunk of slots
  mt::countdown inside(count);
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < count; ++i) {
    callers.emplace_back([&] { pool.join([&] { inside.arrive_and_wait(); }, [] {}); });
  }
  for (auto& t : callers) t.join();
  CHECK(guests(pool) == count);
}

TEST_CASE("the default pool is started once") {
  auto& pool = micropool::detail::default_pool();
  CHECK(&micropool::detail::default_pool() == &pool);
  CHECK_FALSE(micropool::detail::start_default_pool({.num_threads = 7}));
  CHECK(&micropool::detail::default_pool() == &pool);
  CHECK(mp::current_pool().num_threads() == *pool.options.num_threads);
}
