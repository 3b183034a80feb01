// SPDX-License-Identifier: MIT OR Apache-2.0
// What is ready on a pool without workers runs although no thread blocks for it, where a pool with
// workers wants it: one whose coroutine awaits the task, or the one that the task comes from.
#include "catch.hpp"
#include "foreign.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<int> awaits(mp::shared_task<int> t) { co_return 1 + co_await t; }

mp::task<int> after(mt::event* e) {
  if (e != nullptr) co_await *e;
  co_await mp::yield();
  const auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
  co_return a + b;
}

// Without blocking for it.
template <class Task>
int result_of(const Task& t) {
  while (!t.complete()) std::this_thread::yield();
  return *t.try_join();
}

}  // namespace

TEST_CASE("a pool with workers runs a task of one without that its coroutine awaits") {
  const bool suspends = GENERATE(false, true);
  const bool begun = GENERATE(false, true);
  mp::thread_pool without({.num_threads = 0});
  mp::thread_pool with({.num_threads = 1});
  mt::event e;
  const auto inner = without.spawn_shared(after(suspends ? &e : nullptr));
  if (begun) inner.help();
  const auto outer = with.spawn_shared(awaits(inner));
  if (suspends) {
    e.wait_for_waiter();
    e.fire();
  }
  CHECK(result_of(outer) == 4);
}

TEST_CASE("a pool with workers runs all that waits below its coroutine on pools without") {
  enum class order { bottom_up, top_down };
  const order o = GENERATE(order::bottom_up, order::top_down);
  mp::thread_pool a({.num_threads = 0}), b({.num_threads = 0}), with({.num_threads = 1});
  mt::event e;
  // Each is awaited by the next, in turn on one pool and on the other.
  std::vector<mp::shared_task<int>> chain{a.spawn_shared(after(&e))};
  for (int k = 0; k < 20; ++k) {
    mp::thread_pool& pool = k % 2 == 0 ? b : a;
    chain.push_back(pool.spawn_shared(awaits(chain.back())));
  }
  if (o == order::bottom_up) {
    for (const auto& t : chain) t.help();
    e.wait_for_waiter();
  }
  const auto outer = with.spawn_shared(awaits(chain.back()));
  e.wait_for_waiter();
  e.fire();
  CHECK(result_of(outer) == 24);
}

TEST_CASE("a coroutine that migrates to a pool without workers is resumed by the workers of its own") {
  mp::thread_pool without({.num_threads = 0});
  mp::thread_pool with({.num_threads = 1});
  const auto visits = [](mp::thread_pool& there, mp::thread_pool& home) -> mp::task<int> {
    co_await mp::resume_on(there);
    const bool arrived = &mp::current_pool() == &there;
    const auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
    co_await mp::resume_on(home);
    co_return arrived && &mp::current_pool() == &home ? a + b : 0;
  };
  const auto t = with.spawn_shared(visits(without, with));
  CHECK(result_of(t) == 3);
}

TEST_CASE("a pool that ends runs what its tasks have left to do on a pool without workers") {
  const std::size_t workers = GENERATE(0u, 1u);
  mp::thread_pool without({.num_threads = 0});
  bool ended = false;
  {
    mp::thread_pool pool({.num_threads = workers});
    static_cast<void>(pool.spawn_owned([](mp::thread_pool& there, bool& end) -> mp::task<> {
      co_await mp::resume_on(there);
      co_await mp::yield();
      end = true;
    }(without, ended)));
  }
  CHECK(ended);
}

TEST_CASE("a pool without workers ends, though another serves its tasks") {
  mt::event e;
  mp::thread_pool with({.num_threads = 1});
  std::optional<mp::thread_pool> without(std::in_place, mp::pool_options{.num_threads = 0});
  const auto outer = with.spawn_shared(awaits(without->spawn_shared(after(&e))));
  e.wait_for_waiter();
  mt::gate held;
  const auto holds = with.spawn_shared([&held] { held.pass(); });
  held.wait_for_arrivals(1);
  std::thread fires([&e] { e.fire(); });
  // Its only worker is held, so this thread runs what is left.
  without.reset();
  fires.join();
  held.open();
  CHECK(outer.join() == 4);
  holds.join();
}
