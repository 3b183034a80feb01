// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 6: what is ready begins after a bounded number of other jobs, wherever it waits. One
// place has jobs for ever, another one job; the former are counted until the latter begins.
#include "foreign.hpp"
#include "place.hpp"
#include "background.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <latch>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
using micropool_test::caller;
using micropool_test::event;
using micropool_test::gate;
using micropool_test::held_workers;
using micropool_test::open_at_exit;
using micropool_test::place;
using micropool_test::setting;

namespace {

template <class Work>
void spawn_detached(mp::thread_pool& pool, Work work) {
  static_cast<void>(pool.spawn_owned(std::move(work)));
}

// Jobs for ever, until all modest ones have begun; or until it is clear that these never will.
class contest {
public:
  static constexpr long enough = 50'000;

  explicit contest(int modest = 1) : left_(modest) {}

  mp::task<> yielding() {
    while (step()) co_await mp::yield();
  }
  // Children of a scope that follow each other in one deque.
  void chain(mp::scope_ref s) {
    if (step()) s.fork([this, s] { chain(s); });
  }
  // Background tasks that follow each other in one lane of the queue.
  void spawning(mp::thread_pool& pool) {
    if (step()) spawn_detached(pool, [this, &pool] { spawning(pool); });
  }
  bool step() {
    if (left_ > 0 && ++steps_ < enough) return true;
    over_.open();
    return false;
  }
  // Blocks, and takes no part, until the jobs for ever have ended.
  void wait() { over_.pass(); }

  void modest() { --left_; }
  mp::task<> modest_task() {
    modest();
    co_return;
  }

  long steps() const { return steps_; }

private:
  std::atomic<int> left_;
  std::atomic<long> steps_{0};
  gate over_;
};

// Sources that take turns, a few of them; some steps may come before the modest job is there.
constexpr long some = 200;
// F4 of lib/sched/README.md: jobs of one deque in a row.
constexpr long in_a_row = 256;

// Goes to another thread than the one given.
mp::task<> leave(std::thread::id from) {
  while (std::this_thread::get_id() == from) co_await mp::yield();
}

// A join of which one child yields, one holds the thread, and one is left in the deque of that.
mp::task<> yield_beside_a_held_thread(contest& c, gate& held) {
  co_await leave(std::this_thread::get_id());
  const auto hold = [&]() -> mp::task<> {
    held.pass();
    co_return;
  };
  const auto open = [&]() -> mp::task<> {
    co_await c.yielding();
    held.open();
  };
  co_await mp::join(open(), hold(), c.modest_task());
}

// A call whose thread is held: what it has forked is left to the workers.
template <class Body>
std::thread held_call(mp::thread_pool& pool, gate& held, Body body) {
  std::thread t([&pool, &held, body] {
    pool.scope([&](mp::scope_ref s) {
      body(s);
      held.pass();
    });
  });
  held.wait_for_arrivals(1);
  return t;
}

}  // namespace

TEST_CASE("promise 6: a blocked call's yielding child lets its sibling in a held thread's deque begin") {
  const auto s = GENERATE(setting{1, caller::outside}, setting{2, caller::worker});
  INFO(s);
  place p(s);
  contest c;
  gate held;
  const open_at_exit opener(held);
  p.run([&] { mp::sync_wait(yield_beside_a_held_thread(c, held)); });
  REQUIRE(c.steps() < some);
}

TEST_CASE("promise 6: join() and help() of a task that yields let its other children begin") {
  const bool join = GENERATE(false, true);
  INFO((join ? "joins" : "helps"));
  mp::thread_pool pool({.num_threads = 1});
  contest c;
  gate held, ready;
  const open_at_exit opener(held);
  // The worker is held; so the task yields in the call that waits for it.
  const auto task = [&]() -> mp::task<> {
    const auto hold = [&]() -> mp::task<> {
      ready.open();
      held.pass();
      co_return;
    };
    const auto open = [&]() -> mp::task<> {
      ready.pass();
      co_await c.yielding();
      held.open();
    };
    const auto stay = [&]() -> mp::task<> {
      co_await mp::yield();
      co_await open();
    };
    co_await mp::join(stay(), hold(), c.modest_task());
  };
  auto t = pool.spawn_shared(task());
  held.wait_for_arrivals(1);
  if (!join) t.help();
  t.join();
  REQUIRE(c.steps() < some);
}

TEST_CASE("promise 6: a worker that resumes a yielding coroutine steals in turn") {
  mp::thread_pool pool({.num_threads = 1});
  contest c;
  gate held, stocked;
  const open_at_exit opener(held);
  std::thread call = held_call(pool, held, [&](mp::scope_ref s) {
    s.fork([](contest& k, gate& g) -> mp::task<> {
      g.pass();
      co_await k.yielding();
    }(c, stocked));
    s.fork([&] {
      c.modest();
      held.open();
    });
    stocked.open();
  });
  call.join();
  REQUIRE(c.steps() < some);
}

TEST_CASE("promise 6: a worker that steals resumes ready coroutines in turn") {
  mp::thread_pool pool({.num_threads = 1});
  contest c;
  gate held, stocked;
  event ready;
  const open_at_exit opener(held);
  std::thread call = held_call(pool, held, [&](mp::scope_ref s) {
    s.fork([](event& e, contest& k, gate& g) -> mp::task<> {
      co_await e;
      k.modest();
      g.open();
    }(ready, c, held));
    ready.wait_for_waiter();
    s.fork([&] { stocked.pass(); });
    for (long i = 0; i < 5'000; ++i) s.fork([&] { c.step(); });
  });
  stocked.wait_for_arrivals(1);
  ready.fire();
  stocked.open();
  call.join();
  REQUIRE(c.steps() < some);
}

TEST_CASE("promise 6: a background task that yields lets queued tasks begin") {
  const std::size_t workers = GENERATE(0u, 1u, 2u);
  INFO(workers << " workers");
  constexpr int queued = 20;
  contest c(queued);
  {
    // Without workers, the end of the pool runs them.
    gate held;
    mp::thread_pool pool({.num_threads = workers, .background_limit = 1});
    const open_at_exit opener(held);
    spawn_detached(pool, [](gate& g, contest& k) -> mp::task<> {
      g.pass();
      co_await k.yielding();
    }(held, c));
    if (workers > 0) held.wait_for_arrivals(1);
    for (int i = 0; i < queued; ++i) spawn_detached(pool, [&] { c.modest(); });
    held.open();
    if (workers > 0) c.wait();
  }
  REQUIRE(c.steps() < queued * some);
}

TEST_CASE("promise 6: queued tasks of all threads take turns") {
  contest c(10);
  mp::thread_pool pool({.num_threads = 1});
  {
    held_workers one(pool);
    spawn_detached(pool, [&] { c.spawning(pool); });
    std::vector<std::thread> others;
    for (int i = 0; i < 10; ++i) {
      others.emplace_back([&] { spawn_detached(pool, [&] { c.modest(); }); });
    }
    for (auto& t : others) t.join();
  }
  c.wait();
  REQUIRE(c.steps() < some);
}

TEST_CASE("promise 6: a child that forks its like for ever lets its older siblings begin") {
  const auto s = GENERATE(setting{0, caller::outside}, setting{1, caller::outside},
                          setting{2, caller::worker}, setting{0, caller::stackful});
  const bool awaited = GENERATE(false, true);
  INFO(s << (awaited ? ", awaited" : ""));
  place p(s);
  contest c;
  // Held, so that no thief takes the older one.
  std::optional<held_workers> held;
  if (s.workers > 0) held.emplace(p.pool, s.caller == caller::worker ? 1 : s.workers);
  const auto body = [&](mp::scope_ref scope) {
    scope.fork([&] { c.modest(); });
    scope.fork([&c, scope] { c.chain(scope); });
  };
  p.run([&] {
    if (!awaited) return mp::scope(body);
    const auto awaited_body = [&](mp::scope_ref scope) -> mp::task<> {
      body(scope);
      co_return;
    };
    mp::sync_wait(mp::scope(awaited_body));
  });
  REQUIRE(c.steps() < 2 * in_a_row + some);
}

TEST_CASE("promise 6: a child that forks its like for ever lets another root's coroutine begin, and what "
          "another thread has forked") {
  const bool coroutine = GENERATE(true, false);
  INFO((coroutine ? "coroutine" : "deque"));
  mp::thread_pool pool({.num_threads = 1});
  contest c;
  gate chained, other;
  event ready;
  std::latch begun(1);
  const open_at_exit opener(chained), other_opener(other);
  const auto modest = [&] {
    c.modest();
    chained.open();
    other.open();
  };
  std::thread second;
  if (coroutine) {
    second = held_call(pool, other, [&](mp::scope_ref s) {
      s.fork([](event& e, const auto& f) -> mp::task<> {
        co_await e;
        f();
      }(ready, modest));
    });
    ready.wait_for_waiter();
  }
  std::thread first = held_call(pool, chained, [&](mp::scope_ref s) {
    s.fork([&, s] {
      begun.wait();
      c.chain(s);
    });
  });
  if (coroutine) {
    ready.fire();
  } else {
    second = held_call(pool, other, [&](mp::scope_ref s) { s.fork(modest); });
  }
  begun.count_down();
  first.join();
  second.join();
  REQUIRE(c.steps() < 2 * in_a_row + some);
}

TEST_CASE("promise 6: a background child that forks its like for ever lets a queued task begin") {
  contest c;
  gate held;
  mp::thread_pool pool({.num_threads = 1});
  const open_at_exit opener(held);
  spawn_detached(pool, [](contest& k, gate& g) -> mp::task<> {
    const auto body = [&](mp::scope_ref s) -> mp::task<> {
      g.pass();
      k.chain(s);
      co_return;
    };
    co_await mp::scope(body);
  }(c, held));
  held.wait_for_arrivals(1);
  spawn_detached(pool, [&] { c.modest(); });
  held.open();
  c.wait();
  REQUIRE(c.steps() < 9 * in_a_row + some);
}

TEST_CASE("promise 6: a blocked call looks into its inboxes on all pools, and at the tasks that it "
          "awaits, in turn") {
  const bool elsewhere = GENERATE(true, false);
  INFO((elsewhere ? "another pool" : "a task"));
  // No workers: the call runs everything.
  contest c;
  mp::thread_pool there({.num_threads = 0});
  mp::thread_pool here({.num_threads = 0});
  auto shared = here.spawn_shared(c.modest_task());
  const auto modest = [&]() -> mp::task<> {
    if (elsewhere) {
      co_await mp::resume_on(there);
      c.modest();
    } else {
      co_await shared;
    }
  };
  const auto both = [&]() -> mp::task<> { co_await mp::join(c.yielding(), modest()); };
  here.sync_wait(both());
  REQUIRE(c.steps() < some);
}
