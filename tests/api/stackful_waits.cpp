// SPDX-License-Identifier: MIT OR Apache-2.0
// Every blocking call in a stackful task frees its thread: while the task waits, another one runs
// on the only worker that is left.
#include "catch.hpp"
#include "foreign.hpp"
#include "gate.hpp"
#include "resume_elsewhere.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <numeric>
#include <optional>
#include <ranges>
#include <stop_token>
#include <thread>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// Two workers. `waits` has the other one pass the gate, and waits for it.
template <class F>
void requires_no_thread(F waits) {
  mp::thread_pool pool({.num_threads = 2});
  mt::gate ran;
  mt::gate held;
  const mt::open_at_exit lets_go(held);
  auto task = pool.spawn_owned(mp::stackful([&] { waits(pool, held); }));
  held.wait_for_arrivals(1);
  // One worker is held. The other one runs this, unless the task keeps it.
  auto another = pool.spawn_owned([&] { ran.open(); });
  ran.pass();
  held.open();
  task.join();
  another.join();
}

// Returns when another thread is inside.
void wait_for_other(mt::gate& held) { held.wait_for_arrivals(1); }

}  // namespace

TEST_CASE("a join in a stackful task whose branch runs elsewhere frees the thread") {
  requires_no_thread([](auto&, mt::gate& held) {
    auto [a, b] = mp::join([&] { return wait_for_other(held), 1; }, [&] { return held.pass(), 2; });
    if (a + b != 3) std::abort();
  });
}

TEST_CASE("a join_all in a stackful task frees the thread") {
  requires_no_thread([](auto&, mt::gate& held) {
    const std::vector<std::function<void()>> branches{[&] { wait_for_other(held); },
                                                      [&] { held.pass(); }};
    mp::join_all(branches);
  });
}

TEST_CASE("a scope in a stackful task frees the thread") {
  requires_no_thread([](auto&, mt::gate& held) {
    mp::scope([&](mp::scope_ref s) {
      s.fork([&] { held.pass(); });
      wait_for_other(held);
    });
  });
}

TEST_CASE("a loop in a stackful task frees the thread") {
  requires_no_thread([](auto&, mt::gate& held) {
    // The first of them returns as soon as the other one is held.
    std::atomic<int> arrived{0};
    mp::par_range(2).with(mp::split_per_item()).for_each([&](int) {
      arrived++ == 0 ? wait_for_other(held) : held.pass();
    });
  });
}

TEST_CASE("the join of a spawned task in a stackful task frees the thread") {
  requires_no_thread([](mp::thread_pool& pool, mt::gate& held) {
    auto t = pool.spawn_owned([&] { held.pass(); });
    wait_for_other(held);
    t.join();
  });
  requires_no_thread([](mp::thread_pool& pool, mt::gate& held) {
    auto t = pool.spawn_shared([&] { return held.pass(), 1; });
    wait_for_other(held);
    if (t.join() != 1) std::abort();
  });
}

TEST_CASE("sync_wait in a stackful task frees the thread") {
  requires_no_thread([](mp::thread_pool& pool, mt::gate& held) {
    mt::event e;
    auto t = pool.spawn_owned([&] {
      held.pass();
      e.fire();
    });
    const auto waits = [&]() -> mp::task<> { co_await e; };
    wait_for_other(held);
    mp::sync_wait(waits());
    t.join();
  });
}

TEST_CASE("calls on another pool in a stackful task free the thread") {
  mp::thread_pool other({.num_threads = 1});
  requires_no_thread([&](mp::thread_pool& pool, mt::gate& held) {
    mt::event e;
    auto t = pool.spawn_owned([&] {
      held.pass();
      e.fire();
    });
    wait_for_other(held);
    other.install([&] { mp::await(e); });
    t.join();
  });
}

TEST_CASE("a stackful task migrates to a pool for an install and back") {
  mp::thread_pool pool({.num_threads = 2});
  mp::thread_pool other({.num_threads = 1});
  const auto [before, there, after] = pool.sync_wait(mp::stackful([&] {
    const auto* b = &mp::current_pool();
    const auto t = other.install([&] {
      // Again, which changes nothing, and with an exception on its way.
      try {
        other.install([]() -> int { throw 1; });
      } catch (int) {
      }
      mp::join([] {}, [] {});
      return &mp::current_pool();
    });
    return std::tuple(b, t, &mp::current_pool());
  }));
  CHECK(before == &pool);
  CHECK(there == &other);
  CHECK(after == &pool);
}

TEST_CASE("a stackful task comes back from an install that throws") {
  mp::thread_pool pool({.num_threads = 1});
  mp::thread_pool other({.num_threads = 1});
  const auto back = pool.sync_wait(mp::stackful([&] {
    const int thrown =
        mt::thrown_by([&] { return other.install([]() -> int { throw mt::numbered_error(3); }); });
    return std::pair(thrown, &mp::current_pool());
  }));
  CHECK(back == std::pair(3, &pool));
}

TEST_CASE("a pool without workers serves a stackful task on its own thread") {
  mp::thread_pool pool({.num_threads = 1});
  mp::thread_pool none({.num_threads = 0});
  const auto all = pool.sync_wait(mp::stackful([&] {
    auto [a, b] = none.join([] { return 1; }, [] { return 2; });
    const int c = none.sync_wait([]() -> mp::task<int> { co_return 3; });
    auto t = none.spawn_owned([] { return 4; });
    const auto* inside = none.install([] { return &mp::current_pool(); });
    return std::tuple(a, b, c, t.join(), inside == &none, &mp::current_pool() == &pool);
  }));
  CHECK(all == std::tuple(1, 2, 3, 4, true, true));
}

TEST_CASE("a stackful task may help with a spawned task and with what it has forked") {
  mp::thread_pool pool({.num_threads = 0});
  const int result = pool.sync_wait(mp::stackful([&] {
    auto t = pool.spawn_owned([] {
      auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
      return a + b;
    });
    t.help();
    return t.complete() ? t.join() : -1;
  }));
  CHECK(result == 3);
}

TEST_CASE(
    "locals survive the way to another thread and the index of the thread is that of the new one") {
  mp::thread_pool pool({.num_threads = 2});
  mt::event e;
  std::thread::id first;
  mt::gate ended;
  auto task = pool.spawn_owned(mp::stackful([&] {
    const mt::open_at_exit at_exit(ended);
    std::vector<int> numbers(100);
    std::iota(numbers.begin(), numbers.end(), 0);
    first = mt::thread_here();
    const auto index = mp::this_thread_index();
    mp::await(e);
    const bool moved = mt::thread_here() != first && mp::this_thread_index() != index &&
                       mp::this_thread_index().has_value();
    return std::pair(moved, std::accumulate(numbers.begin(), numbers.end(), 0));
  }));
  const mt::resume_elsewhere there(pool, e, first);
  ended.pass();
  const auto [moved, sum] = task.join();
  CHECK(moved);
  CHECK(sum == 4950);
}

TEST_CASE("a task that another thread goes on with pops no branch of that thread") {
  // Its first branch goes to another thread while the second lies in the deque of the first.
  mp::thread_pool pool({.num_threads = 2});
  for (int round = 0; round < 50; ++round) {
    mt::event e;
    std::thread::id first;
    std::atomic<int> runs{0};
    auto task = pool.spawn_owned(mp::stackful([&] {
      first = mt::thread_here();
      auto [a, b, c] = mp::join(
          [&] {
            mp::await(e);
            return 1;
          },
          [&] { return ++runs, 2; }, [&] { return ++runs, 3; });
      mp::scope([&](mp::scope_ref s) {
        s.fork([&] { ++runs; });
        mp::await(mp::yield());
        s.fork([&] { ++runs; });
      });
      return a + b + c;
    }));
    const mt::resume_elsewhere there(pool, e, first);
    CHECK(task.join() == 6);
    CHECK(runs == 4);
  }
}

TEST_CASE("a task that changes its thread while join_all walks the range forks on the new one") {
  mp::thread_pool from({.num_threads = 1});
  mp::thread_pool to({.num_threads = 1});
  std::atomic<int> ran_there{0};
  std::optional<mp::owned_task<void>> busy;
  mt::gate door;
  const auto count = [&] { ran_there += &mp::current_pool() == &to ? 1 : 0; };
  std::vector<std::function<void()>> branches(3, count);
  branches[0] = [&] {
    count();
    // The worker that the task has left looks for its own branch before this one ends.
    door.open();
    while (!busy->complete()) std::this_thread::yield();
  };
  const auto moves = [&](std::function<void()>& f) -> std::function<void()>& {
    if (&f != &branches[0]) return f;
    mp::await(mp::resume_on(to));
    busy.emplace(from.spawn_owned([&] { mp::join([&] { door.pass(); }, [] {}); }));
    door.wait_for_arrivals(1);
    return f;
  };
  from.sync_wait(mp::stackful([&] { mp::join_all(branches | std::views::transform(moves)); }));
  busy->join();
  CHECK(ran_there == 3);
}

TEST_CASE("a stop request reaches a stackful task that waits") {
  mp::thread_pool pool({.num_threads = 2});
  mt::event asleep;
  const bool stopped = pool.sync_wait(mp::stackful([&] {
    bool seen = false;
    try {
      mp::scope([&](mp::scope_ref s) {
        const auto token = s.stop_token();
        s.fork(mp::stackful([&, token] {
          const std::stop_callback on_stop(token, [&] { asleep.fire(); });
          mp::await(asleep);
          seen = token.stop_requested();
        }));
        s.fork([&] {
          asleep.wait_for_waiter();
          throw mt::numbered_error(1);
        });
      });
    } catch (const mt::numbered_error&) {
      return seen;
    }
    return false;
  }));
  CHECK(stopped);
}
