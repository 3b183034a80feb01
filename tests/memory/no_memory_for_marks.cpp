// SPDX-License-Identifier: MIT OR Apache-2.0
// There is no memory for a mark of the graph of waits: the threads that block above it find what is
// ready below it all the same.
#include "catch.hpp"
#include "failing_allocations.hpp"
#include "foreign.hpp"
#include "forked.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <new>
#include <thread>
#include <vector>

namespace mp = micropool;
using namespace micropool_test;

namespace {

mp::task<int> awaits(mp::shared_task<int> t) {
  const int value = co_await t;
  co_return value;
}

// Two tasks, one of which awaits the other, and calls that await both, whose threads are held once
// the inner task has begun: what becomes ready then is left to others.
struct held_calls {
  mp::thread_pool pool{{.num_threads = 0, .idle_spin = std::chrono::nanoseconds(0)}};
  micropool_test::event resumes_inner;
  micropool_test::gate outer_held;
  std::atomic<bool> inner_begun{false};
  micropool_test::gate held;
  mp::shared_task<int> inner = pool.spawn_shared(inner_task());
  mp::shared_task<int> outer = pool.spawn_shared(outer_task());
  std::vector<std::thread> calls;

  ~held_calls() {
    held.open();
    for (auto& t : calls) t.join();
  }

  void begin_call(micropool_test::countdown& marked) {
    calls.emplace_back([&] {
      try {
        pool.sync_wait(mp::join(awaits(outer), holds(marked)));
      } catch (const std::bad_alloc&) {
      }
    });
  }
  // An inner call: the outermost one would find all work of its root in another way.
  outcome wait_for_outer() {
    try {
      const auto wait = [&](mp::scope_ref) { return mp::sync_wait(awaits(outer)); };
      return pool.scope(wait) == 3 ? completed : another_exception;
    } catch (const std::bad_alloc&) {
      return refused;
    }
  }

private:
  mp::task<int> inner_task() {
    inner_begun = true;
    co_await resumes_inner;
    co_return 3;
  }
  mp::task<int> outer_task() {
    outer_held.pass();
    const int value = co_await inner;
    co_return value;
  }
  mp::task<> holds(micropool_test::countdown& marked) {
    // The call has looked for the work of the tasks by then, and so has marked them.
    for (int i = 0; i < 20; ++i) co_await mp::yield();
    marked.arrive();
    while (!inner_begun && !outer.complete()) co_await mp::yield();
    held.pass();
  }
};

}  // namespace

TEST_CASE("who begins to wait for tasks finds what is ready, though there is no memory to mark them") {
  for (long n = 0, result = completed; result != nothing_failed; ++n) {
    result = micropool_test::in_child([&] {
      micropool_test::countdown marked(1);
      held_calls c;
      c.outer_held.open();
      c.begin_call(marked);
      c.held.wait_for_arrivals(1);
      std::thread fires([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        c.resumes_inner.fire();
      });
      before_failure = n;
      const outcome seen = c.wait_for_outer();
      before_failure = -1;
      fires.join();
      return has_failed || seen == another_exception ? seen : nothing_failed;
    });
    CAPTURE(n);
    REQUIRE(result >= completed);
    REQUIRE(result <= nothing_failed);
  }
}

TEST_CASE("who sleeps finds what a task begins to wait for, though there is no memory to mark it") {
  for (long n = 0, result = completed; result != nothing_failed; ++n) {
    result = micropool_test::in_child([&] {
      outcome seen = another_exception;
      micropool_test::countdown of_first(1), of_second(1);
      held_calls c;
      // Of the two marks that come by way of one wait the first needs no memory: it is that of the
      // call that has begun last.
      c.begin_call(of_first);
      c.outer_held.wait_for_arrivals(1);
      std::thread sleeper([&] { seen = c.wait_for_outer(); });
      while (c.pool.stats().total().sleeps == 0) std::this_thread::yield();
      c.begin_call(of_second);
      of_second.wait();
      before_failure = n;
      c.outer_held.open();
      c.held.wait_for_arrivals(2);
      c.resumes_inner.fire();
      sleeper.join();
      before_failure = -1;
      return has_failed || seen == another_exception ? seen : nothing_failed;
    });
    CAPTURE(n);
    REQUIRE(result >= completed);
    REQUIRE(result <= nothing_failed);
  }
}
