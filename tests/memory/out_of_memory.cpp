// SPDX-License-Identifier: MIT OR Apache-2.0
// The n-th allocation of a call fails, on whatever thread, for all n: the call ends as usual or
// throws std::bad_alloc, and the same call works afterwards.
#include "catch.hpp"
#include "foreign.hpp"
#include "forked.hpp"
#include "gate.hpp"

#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>
#include <micropool/stackful.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;

namespace {

// Allocations that succeed before the one that fails; negative: all succeed.
std::atomic<long> before_failure{-1};
std::atomic<bool> has_failed{false};
// Smaller allocations neither fail nor count.
std::size_t smallest_counted = 0;

void* allocate(std::size_t n, std::size_t alignment) noexcept {
  if (n >= smallest_counted && before_failure.load() >= 0 && before_failure.fetch_sub(1) == 0) {
    has_failed = true;
    return nullptr;
  }
  if (n == 0) n = 1;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(n);
  return std::aligned_alloc(alignment, (n + alignment - 1) / alignment * alignment);
}
void* allocate_or_throw(std::size_t n, std::size_t alignment) {
  if (void* p = allocate(n, alignment)) return p;
  throw std::bad_alloc();
}
constexpr std::size_t usual = alignof(std::max_align_t);

}  // namespace

void* operator new(std::size_t n) { return allocate_or_throw(n, usual); }
void* operator new(std::size_t n, std::align_val_t a) {
  return allocate_or_throw(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return allocate(n, usual); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace {

enum outcome { completed, refused, nothing_failed, another_exception };

struct failures {
  int all = 0;
  int survived = 0;  // the call has completed all the same
};

// Each n in a process of its own, where nothing has been recycled yet.
template <class Call>
failures fail_each_allocation_of(Call call) {
  failures found;
  for (const std::size_t workers : {std::size_t{0}, std::size_t{2}}) {
    int result = completed;
    for (long n = 0; result != nothing_failed; ++n) {
      result = micropool_test::in_child([&] {
        int seen = completed;
        mp::thread_pool pool({.num_threads = workers});
        before_failure = n;
        try {
          pool.install(call);
        } catch (const std::bad_alloc&) {
          seen = refused;
        } catch (...) {
          seen = another_exception;
        }
        before_failure = -1;
        pool.install(call);
        return has_failed ? seen : static_cast<int>(nothing_failed);
      });
      CAPTURE(workers, n);
      REQUIRE(result >= completed);
      REQUIRE(result <= nothing_failed);
      if (result != nothing_failed) ++found.all;
      if (result == completed) ++found.survived;
    }
  }
  return found;
}

// The memory of a deque that grows is the only allocation of this size in the calls given.
template <class Call>
int fail_each_growth_of_a_deque(Call call) {
  smallest_counted = 4096;
  const int all = fail_each_allocation_of(call).all;
  smallest_counted = 0;
  return all;
}

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
