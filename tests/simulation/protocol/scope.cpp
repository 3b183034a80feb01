// SPDX-License-Identifier: MIT OR Apache-2.0
// Scopes: children that are forked by the body, by other children and by threads from outside; the
// end of the scope comes after all of them, with its stop and its exception.
#include "../pools.hpp"

#include <memory>
#include <stdexcept>
#include <thread>

using namespace micropool_test;
using simulation::check;

TEST_CASE("scope: the children of a body that blocks") {
  simulate_both(1'000, 1'000, [] {
    int a = 0, b = 0;
    mp::thread_pool pool(workers(1));
    pool.scope([&](mp::scope_ref s) {
      s.fork([&a, s] { s.fork([&a] { a = 1; }); });
      s.fork([&b] { b = 1; });
    });
    check(a + b == 2, "all children have ended");
  });
}

TEST_CASE("scope: an awaited body and its children, which suspend") {
  simulate_both(1'000, 1'500, [] {
    signal first, second;
    int a = 0, b = 0, c = 0;
    mp::thread_pool pool(workers(1));
    const auto child = [&](mp::scope_ref s) -> mp::task<> {
      co_await first;
      s.fork([&b] { b = 1; });
      a = 1;
    };
    const auto body = [&](mp::scope_ref s) -> mp::task<> {
      s.fork(child(s));
      co_await second;
      s.fork([&c] { c = 1; });
    };
    const auto all = [&]() -> mp::task<> {
      co_await mp::scope(body);
      check(a + b + c == 3, "all children have ended");
    };
    std::thread outside([&] { second.fire(), first.fire(); });
    pool.sync_wait(all());
    outside.join();
  });
}

// The thread from outside is waited for by the body, as scope_ref requires.
TEST_CASE("scope: a thread from outside forks on it") {
  simulate_both(1'000, 1'200, [] {
    int a = 0, b = 0;
    mp::thread_pool pool(workers(1));
    pool.scope([&](mp::scope_ref s) {
      std::thread outside([&a, s] { s.fork([&a] { a = 1; }); });
      s.fork([&b] { b = 1; });
      outside.join();
    });
    check(a + b == 2, "all children have ended");
  });
}

TEST_CASE("scope: a child that throws stops the others and reaches the caller") {
  simulate_both(1'000, 1'200, [] {
    int ended = 0;
    mp::thread_pool pool(workers(1));
    try {
      pool.scope([&](mp::scope_ref s) {
        s.fork([] { throw std::runtime_error("child"); });
        s.fork([&ended, s] { ended = s.stop_requested() ? 1 : 2; });
      });
      check(false, "it throws");
    } catch (const std::runtime_error&) {
      check(ended != 0, "the sibling has ended");
    }
  });
}

TEST_CASE("scope: a stop is seen by all that look later") {
  simulate_both(1'000, 1'200, [] {
    bool before = false, after = false;
    mp::thread_pool pool(workers(1));
    pool.scope([&](mp::scope_ref s) {
      s.fork([&before, &after, s] {
        before = s.stop_requested();
        s.request_stop();
        after = s.stop_requested();
      });
      s.request_stop();
      check(s.stop_requested(), "a stop was requested");
    });
    check(after, "and by the child");
    simulation::note(before ? 1 : 0);
  });
}

TEST_CASE("scope: of two children that throw, the first in order reaches the caller") {
  simulate_both(500, 1'500, [] {
    std::atomic<int> begun{0};
    int caught = 0;
    mp::thread_pool pool(workers(1));
    try {
      pool.scope([&](mp::scope_ref s) {
        for (const int which : {1, 2}) {
          s.fork([&begun, which] {
            begun.fetch_add(1, std::memory_order_relaxed);
            while (begun.load(std::memory_order_relaxed) != 2) std::this_thread::yield();
            throw which;
          });
        }
      });
    } catch (int which) {
      caught = which;
    }
    check(caught == 1, "the first");
  });
}
