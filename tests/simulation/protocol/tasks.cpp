// SPDX-License-Identifier: MIT OR Apache-2.0
// The life of a spawned task (B1 to B4 of detail/sched/background_task.hpp): it runs once, or never
// if it was cancelled, and each of its handles sees which. Nothing of it is touched after its end.
#include "../pools.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

using namespace micropool_test;
using simulation::check;

namespace {

// What the task runs, with something on the heap that it owns.
struct record {
  std::atomic<int> ran{0};
  auto task() {
    return [this, owned = std::make_unique<int>(7)] {
      ran.fetch_add(1, std::memory_order_relaxed);
      return *owned;
    };
  }
  mp::task<int> suspends(signal& s) {
    co_await s;
    ran.fetch_add(1, std::memory_order_relaxed);
    co_return 7;
  }
  int runs() const { return ran.load(std::memory_order_relaxed); }
};

}  // namespace

TEST_CASE("tasks: a task is cancelled or has started, and the canceller knows which") {
  simulate_both(1'000, 900, [] {
    record r;
    bool cancelled;
    {
      mp::thread_pool pool(workers(1));
      auto t = pool.spawn_owned(r.task());
      cancelled = t.cancel();
    }
    check(r.runs() == (cancelled ? 0 : 1), "it ran unless it was cancelled");
    simulation::note(cancelled ? 1 : 0);
  });
}

TEST_CASE("tasks: one handle is joined, one cancelled and one dropped") {
  simulate_both(1'000, 1'200, [] {
    record r;
    {
      mp::thread_pool pool(workers(1));
      auto first = pool.spawn_shared(r.task());
      auto second = first;
      auto third = first;
      std::thread cancels([&] { second.cancel(); });
      std::thread drops(
          [third = std::move(third)]() mutable { mp::shared_task<int> gone(std::move(third)); });
      check(first.join() == 7, "the result");
      cancels.join();
      drops.join();
    }
    check(r.runs() == 1, "it ran once");
  });
}

TEST_CASE("tasks: the last of two cancellations ends a task that has not begun") {
  simulate_both(1'000, 1'200, [] {
    record r;
    std::atomic<int> cancelled{0};
    {
      mp::thread_pool pool(workers(1));
      auto first = pool.spawn_shared(r.task());
      auto second = first;
      std::thread other([&] { cancelled += second.cancel() ? 1 : 0; });
      cancelled += first.cancel() ? 1 : 0;
      other.join();
    }
    check(cancelled.load() + r.runs() == 1, "it ran, or one call has cancelled it");
  });
}

TEST_CASE("tasks: two threads join a task that suspends") {
  simulate_both(1'000, 1'500, [] {
    record r;
    signal s;
    mp::thread_pool pool(workers(1));
    auto first = pool.spawn_shared(r.suspends(s));
    std::thread fires([&] { s.fire(); });
    std::thread joins([second = first] { check(second.join() == 7, "the result"); });
    check(first.join() == 7, "the result");
    joins.join();
    fires.join();
    check(r.runs() == 1, "it ran once");
  });
}

TEST_CASE("tasks: a task that is awaited by one task and joined by a thread") {
  simulate_both(1'000, 1'500, [] {
    record r;
    signal s;
    mp::thread_pool pool(workers(1));
    auto t = pool.spawn_shared(r.suspends(s));
    const auto awaits = [](mp::shared_task<int> of) -> mp::task<int> { co_return co_await of; };
    auto outer = pool.spawn_owned(awaits(t));
    std::thread fires([&] { s.fire(); });
    check(t.join() == 7, "the result");
    check(outer.join() == 7, "the result of the waiter");
    fires.join();
    check(r.runs() == 1, "it ran once");
  });
}

// A handle outlives the pool, and the task has run or was cancelled by then.
TEST_CASE("tasks: a pool that ends runs or cancels what is queued") {
  simulate_both(1'000, 1'200, [] {
    record r;
    std::optional<mp::shared_task<int>> kept;
    std::atomic<bool> cancelled{false};
    {
      mp::thread_pool pool(workers(1));
      kept = pool.spawn_shared(r.task());
      std::thread joins([other = *kept, &cancelled] {
        try {
          check(other.join() == 7, "the result");
        } catch (const mp::task_cancelled&) {
          cancelled = true;
        }
      });
      pool.shutdown(mp::shutdown::cancel_queued);
      joins.join();
    }
    check(kept->complete(), "it has ended");
    check(r.runs() == (cancelled.load() ? 0 : 1), "and the joiner knows how");
    simulation::note(r.runs());
  });
}

TEST_CASE("tasks: a task without workers runs in the place of its joiner, or in another's") {
  simulate_both(1'000, 900, [] {
    record r;
    {
      mp::thread_pool pool(workers(0));
      auto first = pool.spawn_shared(r.task());
      std::thread helps([second = first] { second.help(); });
      check(first.join() == 7, "the result");
      helps.join();
    }
    check(r.runs() == 1, "it ran once");
  });
}

TEST_CASE("tasks: a handle is dropped while its task runs") {
  simulate_both(1'000, 900, [] {
    record r;
    {
      mp::thread_pool pool(workers(1));
      { const auto dropped = pool.spawn_owned(r.task()); }
    }
    check(r.runs() == 1, "it ran once");
  });
}

TEST_CASE("tasks: a handle that has outlived its pool is cancelled") {
  simulate_both(500, 900, [] {
    record r;
    std::optional<mp::owned_task<int>> kept;
    {
      mp::thread_pool pool(workers(1));
      kept = pool.spawn_owned(r.task());
    }
    check(!kept->cancel(), "it has run");
    check(r.runs() == 1, "once");
  });
}

// The handle reports the exception, which nothing has retrieved, to the handler of a pool that is
// gone.
TEST_CASE("tasks: the exception of a dropped task reaches the handler after the end of the pool") {
  simulate_both(500, 900, [] {
    int reported = 0;
    std::optional<mp::owned_task<void>> kept;
    {
      mp::pool_options o = workers(1);
      o.on_unhandled_exception = [&reported](auto&&...) { ++reported; };
      mp::thread_pool pool(std::move(o));
      kept = pool.spawn_owned([] { throw std::runtime_error("not retrieved"); });
    }
    kept.reset();
    check(reported == 1, "it was reported");
  });
}

TEST_CASE("tasks: a task that its only waiter has helped with is joined") {
  simulate({.executions = 100}, [] {
    record r;
    mp::thread_pool pool(workers(0));
    auto t = pool.spawn_owned(r.task());
    t.help();
    check(t.join() == 7, "the result");
    check(r.runs() == 1, "it ran once");
  });
}

TEST_CASE("tasks: the wish of one handle to cancel is granted when the last one is gone") {
  simulate({.executions = 100}, [] {
    record r;
    {
      mp::thread_pool pool(workers(0));
      auto first = pool.spawn_shared(r.task());
      auto second = first;
      check(!first.cancel(), "another handle is left");
      second = {};
    }
    check(r.runs() == 0, "it was cancelled");
  });
}
