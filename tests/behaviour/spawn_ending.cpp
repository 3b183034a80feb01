// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 11 for background tasks: at the end of a pool each has run or was cancelled, and its
// handle says which.
#include "background.hpp"
#include "catch.hpp"
#include "scale.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <optional>
#include <thread>
#include <vector>

namespace mp = micropool;
using micropool_test::countdown;
using micropool_test::gate;
using micropool_test::open_at_exit;
using micropool_test::sized;

namespace {

constexpr std::size_t many = sized<std::size_t>(100'000, 200);

struct answers {
  std::size_t ran = 0;
  std::size_t cancelled = 0;
};

answers answers_of(std::vector<mp::owned_task<std::size_t>>& handles) {
  answers a;
  for (std::size_t i = 0; i < handles.size(); ++i) {
    if (!handles[i].complete()) continue;
    try {
      a.ran += handles[i].join() == i;
    } catch (const mp::task_cancelled&) {
      ++a.cancelled;
    }
  }
  return a;
}

}  // namespace

TEST_CASE("promise 11: destroying a pool runs all of 100,000 queued tasks") {
  std::atomic<std::size_t> ran{0};
  std::vector<mp::owned_task<std::size_t>> handles;
  handles.reserve(many);
  gate held;
  std::optional<mp::thread_pool> pool(
      std::in_place, mp::pool_options{.num_threads = GENERATE(std::size_t{0}, std::size_t{2})});
  const open_at_exit opener(held);
  std::vector<mp::owned_task<void>> holds;
  for (std::size_t i = 0; i < pool->num_threads(); ++i) {
    holds.push_back(pool->spawn_owned([&] { held.pass(); }));
  }
  held.wait_for_arrivals(pool->num_threads());
  for (std::size_t i = 0; i < many; ++i) {
    handles.push_back(pool->spawn_owned([&ran, i] {
      ++ran;
      return i;
    }));
  }
  REQUIRE(ran == 0);
  held.open();
  pool.reset();
  REQUIRE(ran == many);
  const answers a = answers_of(handles);
  REQUIRE(a.ran == many);
  REQUIRE(a.cancelled == 0);
}

TEST_CASE("promise 11: destroying a pool runs what its last tasks spawn") {
  std::atomic<std::size_t> ran{0};
  {
    mp::thread_pool pool({.num_threads = GENERATE(std::size_t{0}, std::size_t{2})});
    for (int i = 0; i < 100; ++i) {
      static_cast<void>(pool.spawn_owned([&] {
        ++ran;
        static_cast<void>(mp::spawn_owned([&]() -> mp::task<> {
          co_await mp::yield();
          ++ran;
          static_cast<void>(mp::spawn_shared([&] { ++ran; }));
        }));
      }));
    }
  }
  REQUIRE(ran == 300);
}

TEST_CASE("promise 11: a pool that cancels runs none of 100,000 queued tasks") {
  std::atomic<std::size_t> ran{0};
  std::vector<mp::owned_task<std::size_t>> handles;
  handles.reserve(many);
  gate held;
  mp::thread_pool pool({.num_threads = GENERATE(std::size_t{0}, std::size_t{2})});
  std::vector<mp::owned_task<void>> started;
  for (std::size_t i = 0; i < pool.num_threads(); ++i) {
    started.push_back(pool.spawn_owned([&] { held.pass(); }));
  }
  const open_at_exit opener(held);
  held.wait_for_arrivals(pool.num_threads());
  for (std::size_t i = 0; i < many; ++i) {
    handles.push_back(pool.spawn_owned([&ran, i] {
      ++ran;
      return i;
    }));
  }
  std::thread ends([&] { pool.shutdown(mp::shutdown::cancel_queued); });
  // The answer does not wait for those that have started.
  for (const auto& h : handles) {
    while (!h.complete()) std::this_thread::yield();
  }
  const answers a = answers_of(handles);
  for (const auto& s : started) CHECK_FALSE(s.complete());
  held.open();
  ends.join();
  REQUIRE(ran == 0);
  REQUIRE(a.ran == 0);
  REQUIRE(a.cancelled == many);
  for (auto& s : started) s.join();
  REQUIRE_THROWS_AS(pool.spawn_owned([] {}), mp::pool_stopped);
}

TEST_CASE("promise 11: who waits for a task gets an answer when the pool ends meanwhile") {
  mp::thread_pool pool({.num_threads = 1});
  countdown begun(1);
  countdown go(1);
  const auto t = pool.spawn_shared([&] {
    begun.arrive();
    go.wait();
    // Not outside any more, so it may go on spawning; what it spawns then runs.
    return mp::spawn_owned([] { return 7; }).join();
  });
  begun.wait();
  std::thread ends([&] { pool.shutdown(); });
  // As soon as the pool refuses it is on its way to the end.
  for (;;) {
    try {
      static_cast<void>(pool.spawn_owned([] {}));
    } catch (const mp::pool_stopped&) {
      break;
    }
  }
  int result = 0;
  std::thread joins([&] { result = t.join(); });
  go.arrive();
  joins.join();
  ends.join();
  REQUIRE(result == 7);
}
