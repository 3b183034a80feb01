// SPDX-License-Identifier: MIT OR Apache-2.0
// Protocol J1 to J6 from inside: what a coroutine's frame and its participant say at each step.
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"
#include "catch.hpp"

#include <micropool/detail/work/frame_alloc.hpp>
#include <micropool/micropool.hpp>

#include <atomic>
#include <cstdint>
#include <thread>
#include <tuple>

namespace mp = micropool;
namespace mt = micropool_test;
using namespace micropool::detail;

namespace {

// What a task sees of itself.
struct look {
  bool detached;
  bool suspending;
  bool on_own_runner;
};
look look_at(const frame& f) {
  return {f.detached, f.runner->run.suspending, f.runner == current_participant()};
}
bool is_inline(const look& l) { return !l.detached && !l.suspending && l.on_own_runner; }
bool is_detached(const look& l) { return l.detached && !l.suspending && l.on_own_runner; }

mp::task<look> looks() { co_return look_at(co_await own_frame{}); }

}  // namespace

TEST_CASE("J3: nothing is detached while nothing suspends and nothing is stolen") {
  mp::thread_pool pool({.num_threads = 0});
  const auto parent = []() -> mp::task<bool> {
    frame& self = co_await own_frame{};
    bool right = is_inline(look_at(self));
    const look child = co_await looks();
    right = right && is_inline(child) && is_inline(look_at(self));
    const auto [a, b, c] = co_await mp::join(looks(), looks(), looks());
    right = right && is_inline(a) && is_inline(b) && is_inline(c) && is_inline(look_at(self));
    const look body = co_await mp::scope([](mp::scope_ref s) -> mp::task<look> {
      s.fork(looks());
      co_return co_await looks();
    });
    co_return right&& is_inline(body) && is_inline(look_at(self));
  };
  CHECK(pool.sync_wait(parent()));
}

TEST_CASE("J3: a task that has suspended once is detached for good, its inline children are not") {
  mt::place here(GENERATE(from_range(mt::every_setting())));
  mt::foreign_thread elsewhere;
  const auto parent = [&]() -> mp::task<bool> {
    frame& self = co_await own_frame{};
    bool right = is_inline(look_at(self));
    co_await elsewhere.resume_here();
    right = right && is_detached(look_at(self));
    const look child = co_await looks();
    right = right && is_inline(child) && is_detached(look_at(self));
    co_await mp::yield();
    co_return right&& is_detached(look_at(self));
  };
  CHECK(here.run([&] { return mp::sync_wait(parent()); }));
}

TEST_CASE("J3: a branch that was stolen is detached") {
  mp::thread_pool pool({.num_threads = 1});
  mt::countdown stolen(1);
  const auto first = [&]() -> mp::task<> {
    stolen.wait();
    co_return;
  };
  const auto second = [&]() -> mp::task<look> {
    const look l = look_at(co_await own_frame{});
    stolen.arrive();
    co_return l;
  };
  const auto parent = [&]() -> mp::task<look> {
    const auto [nothing, l] = co_await mp::join(first(), second());
    co_return l;
  };
  CHECK(is_detached(pool.sync_wait(parent())));
}

TEST_CASE("J6: what an awaitable announces and takes back is as it was before") {
  mp::thread_pool pool({.num_threads = 0});
  mt::foreign_thread elsewhere;
  const auto parent = [&]() -> mp::task<bool> {
    frame& self = co_await own_frame{};
    static_cast<void>(co_await mt::not_suspended{1});
    bool right = is_inline(look_at(self));
    static_cast<void>(co_await mt::own_handle{1});
    right = right && is_inline(look_at(self));
    co_await elsewhere.resume_here();
    static_cast<void>(co_await mt::not_suspended{1});
    right = right && is_detached(look_at(self));
    static_cast<void>(co_await mt::own_handle{1});
    co_return right&& is_detached(look_at(self));
  };
  CHECK(pool.sync_wait(parent()));
}

TEST_CASE("J6: a parent whose stolen child has ended meanwhile goes on inline as it was before") {
  const bool detached_before = GENERATE(false, true);
  CAPTURE(detached_before);
  mp::thread_pool pool({.num_threads = 1});
  int went_on_inline = 0;
  int wrong = 0;
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> ended{false};
    const auto first = [&]() -> mp::task<> {
      while (!ended) std::this_thread::yield();
      // Long enough, mostly, for the thief to return the token as well.
      for (int i = 0; i < 20; ++i) std::this_thread::yield();
      co_return;
    };
    const auto second = [&]() -> mp::task<> {
      ended = true;
      co_return;
    };
    const auto parent = [&]() -> mp::task<> {
      frame& self = co_await own_frame{};
      if (detached_before) co_await mp::yield();
      co_await mp::join(first(), second());
      const look l = look_at(self);
      if (l.suspending || !l.on_own_runner || (detached_before && !l.detached)) ++wrong;
      if (!l.detached) ++went_on_inline;
      // What it does next neither hangs nor ends early.
      const auto [a, b] = co_await mp::join(looks(), looks());
      if (a.suspending || b.suspending) ++wrong;
    };
    pool.sync_wait(parent());
  }
  CHECK(wrong == 0);
  if (!detached_before) CHECK(went_on_inline > 0);
}

TEST_CASE("a child for which the stack is too deep is started by the bottom loop") {
  mt::place here(GENERATE(from_range(mt::every_setting())));
  const auto parent = []() -> mp::task<bool> {
    frame& self = co_await own_frame{};
    // The highest address: everything counts as deep, until the bottom loop sets its own limit.
    const auto deep = [&] { self.runner->run.stack_limit = UINTPTR_MAX; };
    const std::uintptr_t limit = self.runner->run.stack_limit;
    deep();
    bool right = is_detached(co_await looks());
    right = right && is_detached(look_at(self));
    deep();
    const auto [a, b] = co_await mp::join(looks(), looks());
    right = right && is_detached(a) && is_detached(b);
    deep();
    const look body = co_await mp::scope([](mp::scope_ref s) -> mp::task<look> {
      s.fork(looks());
      co_return look_at(co_await own_frame{});
    });
    right = right && is_detached(body) && is_detached(look_at(self));
    self.runner->run.stack_limit = limit;
    co_return right;
  };
  CHECK(here.run([&] { return mp::sync_wait(parent()); }));
}

TEST_CASE("a blocking call inside a task leaves the marks of its participant as they were") {
  mp::thread_pool pool({.num_threads = 0});
  const auto suspends = []() -> mp::task<> { co_await mp::yield(); };
  const auto parent = [&]() -> mp::task<bool> {
    frame& self = co_await own_frame{};
    participant& p = *self.runner;
    const auto limit = p.run.stack_limit;
    mp::sync_wait(mp::join(suspends(), suspends()));
    mp::scope([&](mp::scope_ref s) { s.fork(suspends()); });
    co_return !p.run.suspending && p.run.next == nullptr && p.run.stack_limit == limit &&
        p.jobs.peek_oldest().element == nullptr && is_inline(look_at(self));
  };
  CHECK(pool.sync_wait(parent()));
  const bool kept = pool.scope([&](mp::scope_ref) {
    const participant& p = *current_participant();
    const scope_data* const before = p.run.fork_scope;
    mp::sync_wait(suspends());
    return before != nullptr && p.run.fork_scope == before;
  });
  CHECK(kept);
}

#if !MICROPOOL_ASAN
TEST_CASE("every frame of a run goes back to where it came from") {
  mp::thread_pool pool({.num_threads = 0});
  const auto tree = [](auto& self, int depth) -> mp::task<int> {
    static_cast<void>(co_await mt::not_suspended{1});
    static_cast<void>(co_await mt::own_handle{1});
    static_cast<void>(co_await mt::inline_resume{1});
    if (depth == 0) throw mt::numbered_error(0);
    try {
      auto [a, b] = co_await mp::join(self(self, depth - 1), self(self, depth - 1));
      co_return a + b;
    } catch (const mt::numbered_error&) {
    }
    co_return 1;
  };
  const auto run = [&] {
    return pool.scope([&](mp::scope_ref s) {
      s.fork(tree(tree, 3));
      s.fork([&] { return tree(tree, 3); });
      return mp::sync_wait(tree(tree, 6));
    });
  };
  const int first = run();
  const auto held = frame_cache_held().this_thread;
  CHECK(run() == first);
  CHECK(run() == first);
  CHECK(frame_cache_held().this_thread == held);
}
#endif
