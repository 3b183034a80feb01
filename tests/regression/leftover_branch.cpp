// SPDX-License-Identifier: MIT OR Apache-2.0
// join(f1, f2, f3) with f2 and f3 stolen. While the caller waited for f2 it helped a coroutine
// below f3, which pushed a branch, suspended, and left that branch in the caller's deque. Then f2
// had ended; the caller popped its deque to have f3 back, took the branch for f3, and ran f3 a
// second time.
#include <micropool/micropool.hpp>

#include "catch.hpp"
#include "gate.hpp"

#include <atomic>
#include <chrono>
#include <coroutine>
#include <functional>
#include <thread>
#include <vector>

namespace {

namespace mp = micropool;
using micropool_test::gate;

// The thread that resumes the coroutine waits until it may.
struct event {
  gate suspended;
  std::coroutine_handle<> handle;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    handle = h;
    suspended.open();
  }
  void await_resume() const noexcept {}
};

// What the two shapes of a blocking join of three have in common.
struct story {
  gate f2_runs, f3_runs, g1_runs, f2_may_end;
  event e;
  std::atomic<int> f2_runs_count{0}, f3_runs_count{0}, left_runs{0};

  void f1() {
    f2_runs.pass();
    f3_runs.pass();
  }
  void f2() {
    ++f2_runs_count;
    f2_runs.open();
    f2_may_end.pass();
  }
  void f3() {
    ++f3_runs_count;
    f3_runs.open();
    f2_runs.pass();
    mp::sync_wait(below_f3());
  }
  // g0 holds the thread of f3, so that g1 can only be helped by the caller.
  mp::task<> below_f3() { co_await mp::join(g0(), g1()); }
  mp::task<> g0() {
    g1_runs.pass();
    co_return;
  }
  mp::task<> g1() {
    g1_runs.open();
    f2_may_end.open();
    // The latch of f2 is not to be seen from here; most of the time it is set by now.
    for (int k = 0; k < 100; ++k) std::this_thread::yield();
    co_await mp::join(suspends(), left_behind());
  }
  mp::task<> suspends() { co_await e; }
  mp::task<> left_behind() {
    ++left_runs;
    co_return;
  }
};

template <class Join>
void tell(Join&& join) {
  for (int round = 0; round < 50; ++round) {
    mp::thread_pool pool({.num_threads = 2, .idle_spin = std::chrono::nanoseconds(0)});
    story s;
    std::thread outside([&] {
      s.e.suspended.pass();
      for (int k = 0; k < 20; ++k) std::this_thread::yield();
      s.e.handle.resume();
    });
    pool.install([&] { join(s); });
    outside.join();
    REQUIRE(s.f2_runs_count == 1);
    REQUIRE(s.f3_runs_count == 1);
    REQUIRE(s.left_runs == 1);
  }
}

}  // namespace

TEST_CASE("a join of three gets its own branches back when helping has left another one behind") {
  tell([](story& s) { mp::join([&] { s.f1(); }, [&] { s.f2(); }, [&] { s.f3(); }); });
}

TEST_CASE("a join over a range gets its own branches back when helping has left another one behind") {
  tell([](story& s) {
    std::vector<std::function<void()>> branches{[&] { s.f1(); }, [&] { s.f2(); }, [&] { s.f3(); }};
    mp::join_all(branches);
  });
}
