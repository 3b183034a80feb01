// SPDX-License-Identifier: MIT OR Apache-2.0
// The scheduler knew a coroutine among its jobs by the address of the function that runs it. That
// function was inline, so the program's copy had another address than the library's: no coroutine
// was ever known, and whatever a scope's child forked went through a lock instead of the thread's
// own deque. The order shows which way was taken: a deque gives back the newest first, an inbox the
// oldest.
#include <micropool/micropool.hpp>

#include "catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;

TEST_CASE("a coroutine that is a scope's child forks into the deque of the thread that runs it") {
  mp::thread_pool pool({.num_threads = 0});
  std::string order;
  pool.scope([&](mp::scope_ref s) {
    auto child = [&order, s]() -> mp::task<> {
      for (const char c : {'a', 'b', 'c'}) s.fork([&order, c] { order += c; });
      co_return;
    };
    s.fork(std::move(child));
  });
  REQUIRE(order == "cba");
}

TEST_CASE("the body of an awaited scope that was suspended forks into the deque of its thread") {
  mp::thread_pool pool({.num_threads = 0});
  std::string order;
  pool.sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
    co_await mp::yield();
    for (const char c : {'a', 'b', 'c'}) s.fork([&order, c] { order += c; });
  }));
  REQUIRE(order == "cba");
}
