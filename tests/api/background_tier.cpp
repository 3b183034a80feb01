// SPDX-License-Identifier: MIT OR Apache-2.0
// Foreground work goes first, between two pieces of background work and never on top of one.
#include "catch.hpp"
#include "ended.hpp"
#include "foreign.hpp"
#include "gate.hpp"
#include "place.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// A foreground call of another thread that leaves one piece of work to any thread that takes it, and
// does not do it itself.
class foreground_call {
public:
  template <class F>
  foreground_call(mp::thread_pool& pool, F work)
      : caller_([this, &pool, work] {
          pool.scope([&](mp::scope_ref s) {
            s.fork([&] {
              work();
              done_.arrive();
            });
            forked_.arrive();
            done_.wait();
          });
        }) {
    forked_.wait();
  }
  ~foreground_call() { caller_.join(); }
  foreground_call(const foreground_call&) = delete;
  foreground_call& operator=(const foreground_call&) = delete;

private:
  mt::countdown forked_{1};
  mt::countdown done_{1};
  std::thread caller_;
};

}  // namespace

TEST_CASE("yield_now in background work runs no job, which might wait for what it would stand on") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate gate;
  std::string order;
  auto t = pool.spawn_owned([&] {
    gate.pass();
    order += 'a';
    mp::yield_now();
    order += 'b';
  });
  gate.wait_for_arrivals(1);
  {
    const foreground_call call(pool, [&] { order += 'c'; });
    gate.open();
  }
  mt::watch_until_ended(t);
  CHECK(order == "abc");
}

TEST_CASE("a worker that runs background work has its index and its pool, also while it helps") {
  const std::size_t workers = GENERATE(1u, 2u);
  CAPTURE(workers);
  mt::place here({workers, mt::caller::worker});
  using seen = std::pair<std::optional<std::size_t>, const mp::thread_pool*>;
  const auto look = [] { return seen(mp::this_thread_index(), &mp::current_pool()); };
  const auto [outside, helped, joined] = here.run([&] {
    auto t = mp::spawn_owned(look);
    mt::until_ended(t);
    return std::tuple(look(), t.join(), mp::spawn_owned(look).join());
  });
  CHECK(outside.first.has_value());
  CHECK(outside.second == &here.pool);
  CHECK(helped.first.has_value());
  CHECK(helped.second == &here.pool);
  CHECK(joined.first.has_value());
  CHECK(joined.second == &here.pool);
}

TEST_CASE("no queued background task starts while foreground work can be taken") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate gate;
  std::atomic<int> started{0};
  int seen = -1;
  // The worker is held by a first task; when it is free there is one piece of each tier.
  auto first = pool.spawn_owned([&] { gate.pass(); });
  gate.wait_for_arrivals(1);
  auto second = pool.spawn_owned([&] { ++started; });
  {
    const foreground_call call(pool, [&] { seen = started; });
    gate.open();
  }
  mt::watch_until_ended(second);
  CHECK(seen == 0);
  first.join();
}

TEST_CASE("between the children of a background coroutine its worker runs foreground work first") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate gate;
  std::atomic<int> pieces{0};
  int seen = -1;
  static_cast<void>(pool.spawn_owned([&]() -> mp::task<> {
    const auto body = [&](mp::scope_ref s) -> mp::task<> {
      for (int i = 0; i < 10; ++i) {
        s.fork([&] {
          if (++pieces == 1) gate.pass();
        });
      }
      co_return;
    };
    co_await mp::scope(body);
  }));
  gate.wait_for_arrivals(1);
  {
    const foreground_call call(pool, [&] { seen = pieces; });
    gate.open();
  }
  pool.shutdown();
  CHECK(seen == 1);
  CHECK(pieces == 10);
}

TEST_CASE(
    "a background task that blocks runs no foreground work, which may want a lock that it holds") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate gate;
  std::mutex lock;
  int pieces = 0;
  int seen = -1;
  static_cast<void>(pool.spawn_owned([&] {
    const std::lock_guard held(lock);
    mp::scope([&](mp::scope_ref s) {
      for (int i = 0; i < 10; ++i) {
        s.fork([&] {
          if (++pieces == 1) gate.pass();
        });
      }
    });
  }));
  gate.wait_for_arrivals(1);
  {
    const foreground_call call(pool, [&] {
      const std::lock_guard held(lock);
      seen = pieces;
    });
    gate.open();
  }
  CHECK(seen == 10);
}

TEST_CASE("a background coroutine that resumes comes after foreground work") {
  mp::thread_pool pool({.num_threads = 1});
  mt::gate gate;
  mt::event e;
  std::atomic<int> resumed{0};
  int seen = -1;
  auto waits = pool.spawn_owned([&]() -> mp::task<> {
    co_await e;
    ++resumed;
  });
  e.wait_for_waiter();
  auto holds = pool.spawn_owned([&] { gate.pass(); });
  gate.wait_for_arrivals(1);
  e.fire();
  {
    const foreground_call call(pool, [&] { seen = resumed; });
    gate.open();
  }
  mt::watch_until_ended(waits);
  CHECK(seen == 0);
  holds.join();
}
