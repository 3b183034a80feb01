// SPDX-License-Identifier: MIT OR Apache-2.0
// The n-th allocation of a call fails, for all n: the call ends as usual or throws std::bad_alloc, and
// the same call works afterwards.
#include "catch.hpp"
#include "failing_allocations.hpp"
#include "forked.hpp"

#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>
#include <micropool/stackful.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <stop_token>
#include <utility>
#include <vector>

namespace mp = micropool;
using namespace micropool_test;

namespace {

// More open joins than a new deque has room for.
constexpr int many = 300;

void nested_joins(int levels) {
  if (levels == 0) return;
  mp::join([levels] { nested_joins(levels - 1); }, [] {});
}

mp::task<> nested_awaits(int levels) {
  if (levels > 0) co_await mp::join(nested_awaits(levels - 1), nested_awaits(0));
}

mp::task<int> yields(int n) {
  co_await mp::yield();
  co_return n;
}

// What leaves a hook ends the program.
void spawns_if_it_can() {
  try {
    static_cast<void>(mp::spawn_shared(yields(1)));
  } catch (const std::bad_alloc&) {
  }
}

auto loop() { return mp::par_range(1000).with(mp::split_per(10)); }

}  // namespace

TEST_CASE("tasks and joins survive the failure of any allocation") {
  fail_each_allocation_of([] { mp::sync_wait(yields(1)); });
  fail_each_allocation_of([] { mp::join([] {}, [] {}, [] {}); });
  fail_each_allocation_of([] {
    mp::sync_wait([]() -> mp::task<> { co_await mp::join(yields(1), yields(2), yields(3)); });
  });
  fail_each_allocation_of([] {
    std::vector<mp::task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(yields(i));
    mp::sync_wait(mp::join_all(std::move(tasks)));
  });
  fail_each_allocation_of([] {
    mp::sync_wait(mp::stackful([] {
      mp::join([] {}, [] {});
      return mp::await(yields(1));
    }));
  });
}

TEST_CASE("scopes survive the failure of any allocation") {
  fail_each_allocation_of([] {
    mp::scope([](mp::scope_ref s) {
      for (int i = 0; i < 5; ++i) s.fork([] {});
      for (int i = 0; i < 5; ++i) s.fork(yields(i));
      static_cast<void>(s.stop_token());
    });
  });
  fail_each_allocation_of([] {
    mp::sync_wait(mp::scope([](mp::scope_ref s) -> mp::task<> {
      s.fork([] {});
      s.fork(yields(1));
      co_return;
    }));
  });
}

TEST_CASE("background tasks survive the failure of any allocation") {
  fail_each_allocation_of([] { mp::spawn_owned([] {}).join(); });
  fail_each_allocation_of([] { mp::spawn_owned(yields(1)).join(); });
  fail_each_allocation_of([] { static_cast<void>(mp::spawn_shared(yields(1)).join()); });
}

TEST_CASE("loops survive the failure of any allocation") {
  fail_each_allocation_of([] { static_cast<void>(loop().sum()); });
  fail_each_allocation_of([] {
    mp::sync_wait([]() -> mp::task<> { co_await loop().async().sum(); });
  });
  fail_each_allocation_of([] {
    static_cast<void>(loop().filter([](int i) { return i % 2 == 0; }).collect<std::vector<int>>());
  });
  fail_each_allocation_of([] { loop().find_first([](int i) { return i == 777; }); });
  fail_each_allocation_of([] {
    mp::sync_wait(mp::par_range(50).with(mp::split_per(10)).for_each([](int i) -> mp::task<> {
      co_await yields(i);
    }));
  });
  // It does without the helpers for which there is no memory.
  CHECK(fail_each_allocation_of([] {
          static_cast<void>(loop().background().sum());
        }).survived > 0);
  fail_each_allocation_of([] {
    std::vector<int> v;
    for (int i = 0; i < 20'000; ++i) v.push_back(i * 7919 % 20'011);
    mp::par_sort(v);
    mp::par_stable_sort(v, std::greater<>());
  });
}

TEST_CASE("forks survive that a deque cannot grow") {
  CHECK(fail_each_growth_of_a_deque([] { nested_joins(many); }) > 0);
  CHECK(fail_each_growth_of_a_deque([] { mp::sync_wait(nested_awaits(many)); }) > 0);
  CHECK(fail_each_growth_of_a_deque([] {
          mp::scope([](mp::scope_ref s) {
            for (int i = 0; i < many; ++i) s.fork([] {});
          });
        }) > 0);
  // Each range takes some memory of this size as well.
  CHECK(fail_each_growth_of_a_deque([] {
          mp::join_all(std::vector<std::function<void()>>(many, [] {}));
        }) > 1);
  CHECK(fail_each_growth_of_a_deque([] {
          std::vector<mp::task<int>> tasks;
          for (int i = 0; i < many; ++i) tasks.push_back(yields(i));
          mp::sync_wait(mp::join_all(std::move(tasks)));
        }) > 1);
}

TEST_CASE("a join whose deque cannot grow has begun nothing, and its branches are destroyed") {
  smallest_counted = 4096;
  const bool awaited = GENERATE(false, true);
  CAPTURE(awaited);
  int refusals = 0;
  for (long n = 0, result = 1; result != 0; ++n) {
    // Returns 0 when nothing fails any more, 1 when all is as it should be, and else 2.
    result = micropool_test::in_child([&] {
      mp::thread_pool pool({.num_threads = 0});
      int begun = 0;
      auto alive = std::make_shared<int>();
      const auto counts = [&begun](std::shared_ptr<int>) -> mp::task<> {
        ++begun;
        co_return;
      };
      bool is_refused = false;
      before_failure = n;
      try {
        if (awaited) {
          std::vector<mp::task<>> tasks;
          for (int i = 0; i < many; ++i) tasks.push_back(counts(alive));
          pool.sync_wait(mp::join_all(std::move(tasks)));
        } else {
          pool.join_all(std::vector<std::function<void()>>(many, [&begun, alive] { ++begun; }));
        }
      } catch (const std::bad_alloc&) {
        is_refused = true;
      }
      before_failure = -1;
      if (alive.use_count() != 1 || begun != (is_refused ? 0 : many)) return 2;
      return has_failed ? 1 : 0;
    });
    CAPTURE(n);
    REQUIRE(result <= 1);
    REQUIRE(result >= 0);
    refusals += result;
  }
  smallest_counted = 0;
  CHECK(refusals > 1);
}

TEST_CASE("making and ending a pool survives the failure of any allocation") {
  fail_each_allocation_of([] {
    mp::thread_pool pool({.num_threads = 2});
    pool.join([] {}, [] {});
  });
}

TEST_CASE("work of other pools and other calls survives the failure of any allocation") {
  fail_each_allocation_of([] {
    mp::thread_pool elsewhere({.num_threads = 1});
    mp::sync_wait([](mp::thread_pool& there) -> mp::task<> {
      co_await mp::resume_on(there);
      co_await mp::yield();
    }(elsewhere));
  });
  fail_each_allocation_of([] {
    mp::thread_pool without_workers({.num_threads = 0});
    auto t = without_workers.spawn_owned(yields(1));
    mp::sync_wait([](mp::owned_task<int> there) -> mp::task<> { co_await std::move(there); }(std::move(t)));
  });
  fail_each_allocation_of([] {
    mp::thread_pool without_workers({.num_threads = 0});
    const auto t = without_workers.spawn_shared(yields(1));
    while (!t.complete()) t.help();
  });
  fail_each_allocation_of([] {
    mp::thread_pool without_workers({.num_threads = 0});
    static_cast<void>(without_workers.spawn_shared(yields(1)));
  });
}

TEST_CASE("hooks, loops over states and stop callbacks survive the failure of any allocation") {
  fail_each_allocation_of([] {
    mp::thread_pool pool({.num_threads = 1,
                          .on_thread_start = [](std::size_t) { spawns_if_it_can(); },
                          .on_thread_exit = [](std::size_t) { spawns_if_it_can(); }});
    pool.join([] {}, [] {});
  });
  fail_each_allocation_of([] {
    mp::scope([](mp::scope_ref s) {
      s.fork([s] {
        const std::stop_token token = s.stop_token();
        const std::stop_callback counts(token, [] {});
        s.request_stop();
      });
    });
  });
  fail_each_allocation_of([] {
    static_cast<void>(loop().map([](int i) { return std::pair(i % 7, i); }).collect<std::map<int, int>>());
  });
  fail_each_allocation_of([] {
    static_cast<void>(loop().map_init([] { return 1; }, [](int& state, int i) { return state + i; }).sum());
  });
  // States that allocate: not every participant gets one.
  const auto state = [] { return std::vector<int>(100, 1); };
  fail_each_allocation_of([&] {
    const auto add = [](const std::vector<int>& s, int i) { return s.front() + i; };
    static_cast<void>(loop().map_init(state, add).sum());
  });
  fail_each_allocation_of([&] {
    const auto body = [](std::vector<int>& s, int i) -> mp::task<> {
      s.front() += co_await yields(i);
    };
    mp::sync_wait(mp::par_range(20).with(mp::split_per(5)).for_each_init(state, body));
  });
}
