// SPDX-License-Identifier: MIT OR Apache-2.0
// Programs that once used what was gone, waited for what no thread ran, or ran things in an order
// that starved others; each is small enough to be tried in thousands of orders.
#include "../pools.hpp"

#include <memory>
#include <optional>
#include <thread>
#include <utility>

using namespace micropool_test;
using simulation::check;

namespace {

// Forks on an open scope when it is destroyed.
class forks_at_end {
public:
  forks_at_end(mp::scope_ref s, std::atomic<int>& ran) : scope_(s), ran_(&ran) {}
  forks_at_end(forks_at_end&& o) noexcept
      : scope_(o.scope_), ran_(std::exchange(o.ran_, nullptr)) {}
  ~forks_at_end() {
    if (ran_ != nullptr) scope_.fork([r = ran_] { r->fetch_add(1); });
  }

private:
  mp::scope_ref scope_;
  std::atomic<int>* ran_;
};

}  // namespace

// The frame that the loop has resumed has ended when its result is destroyed.
TEST_CASE("lifetimes: the result of a dropped coroutine forks as it is destroyed") {
  simulate_both(1'000, 1'500, [] {
    std::atomic<int> ran{0};
    mp::thread_pool pool(workers(1));
    const auto make = [&](mp::scope_ref s) -> mp::task<forks_at_end> {
      co_await mp::yield();
      co_return forks_at_end(s, ran);
    };
    pool.scope([&](mp::scope_ref s) {
      { const auto dropped = pool.spawn_owned(make(s)); }
      while (ran.load() == 0) std::this_thread::yield();
    });
    check(ran == 1, "the child ran once");
  });
}

TEST_CASE("lifetimes: a task of a pool without workers is awaited on a pool with one") {
  simulate_both(1'000, 1'800, [] {
    door ran;
    mp::thread_pool a(workers(1));
    mp::thread_pool b(workers(0));
    const auto awaits = [](mp::owned_task<void> t) -> mp::task<> { co_await std::move(t); };
    auto outer = a.spawn_owned(awaits(b.spawn_owned([&] { ran.open(); })));
    ran.pass();
    outer.join();
  });
}

// Two children are ready at the same time on the caller and one lies in the deque of a worker that
// is held; the one that yields until the other has run must not run alone for ever.
TEST_CASE("lifetimes: a coroutine that yields lets its stolen sibling begin") {
  simulate_both(1'000, 2'500, [] {
    std::atomic<bool> flag{false};
    mp::thread_pool pool(workers(1));
    const auto yields = [&]() -> mp::task<> {
      while (!flag) co_await mp::yield();
    };
    const auto sets = [&]() -> mp::task<> {
      flag = true;
      co_return;
    };
    const auto all = [&]() -> mp::task<> { co_await mp::join(yields(), sets()); };
    pool.sync_wait(all());
  });
}

// The handle that a foreign awaitable was given is destroyed or resumed, and its block is used
// anew.
TEST_CASE("lifetimes: handles are resumed, destroyed, and their memory used again") {
  simulate_both(1'000, 1'800, [] {
    int resumed = 0, abandoned = 0;
    mp::thread_pool pool(workers(1));
    signal lost, found, again;
    const auto waits = [&](signal& s) -> mp::task<> {
      try {
        co_await s;
        ++resumed;
      } catch (const mp::operation_abandoned&) {
        ++abandoned;
      }
    };
    const auto all = [&]() -> mp::task<> {
      co_await waits(lost);
      co_await waits(found);
      co_await waits(again);
    };
    std::thread outside([&] { found.fire(), lost.abandon(), again.abandon(); });
    pool.sync_wait(all());
    outside.join();
    check(resumed + abandoned == 3 && resumed >= 1, "each has ended, one by being resumed");
  });
}

TEST_CASE("lifetimes: a pool's shutdown waits for a call that is under way") {
  simulate_both(1'000, 1'200, [] {
    door in, out;
    bool ended = false;
    mp::thread_pool pool(workers(1));
    std::thread calls([&] { pool.join([&] { in.open(), out.pass(), ended = true; }, [] {}); });
    in.pass();
    std::thread opens([&] { out.open(); });
    pool.shutdown();
    check(ended, "the call has ended");
    calls.join();
    opens.join();
  });
}

TEST_CASE("lifetimes: a start hook finds its pool") {
  simulate_both(1'000, 900, [] {
    std::atomic<int> ran{0};
    {
      mp::pool_options o = workers(1);
      o.on_thread_start = [&](std::size_t) {
        const auto dropped = mp::current_pool().spawn_owned([&] { ran += 1; });
      };
      mp::thread_pool pool(std::move(o));
    }
    check(ran == 1, "what it has spawned ran");
  });
}

// A task handle that outlives its pool, whose last reference is released on another thread.
TEST_CASE("lifetimes: the last handle of a task is dropped while its pool ends") {
  simulate_both(1'000, 1'200, [] {
    std::optional<mp::thread_pool> pool(std::in_place, workers(1));
    auto t = std::make_optional(pool->spawn_shared([p = std::make_unique<int>(3)] { return *p; }));
    std::thread drops([&] { t.reset(); });
    pool.reset();
    drops.join();
  });
}
