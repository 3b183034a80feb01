// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 10 where threads block: blocked calls stand on each other to any depth, and on stacks of
// any kind.
#include "child_process.hpp"
#include "catch.hpp"
#include "foreign_stack.hpp"

#include <micropool/detail/base/macros.hpp>
#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>
#include <micropool/stackful.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// A sanitizer takes several times the stack.
constexpr int depth = MICROPOOL_ASAN || MICROPOOL_TSAN ? 20'000 : 200'000;

mp::shared_task<int> joins(const mp::shared_task<int>& t, int kind) {
  const auto awaits = [](mp::shared_task<int> of) -> mp::task<int> {
    const int below = co_await of;
    co_return below + 1;
  };
  switch (kind) {
    case 0: return mp::spawn_shared([t] { return t.join() + 1; });
    case 1: return mp::spawn_shared(awaits(t));
    case 2: return mp::spawn_shared([t, awaits] { return mp::sync_wait(awaits(t)); });
    case 3:
      return mp::spawn_shared([t] {
        auto [a, b] = mp::join([&] { return t.join(); }, [] { return 1; });
        return a + b;
      });
    case 4:
      return mp::spawn_shared([t] {
        int below = 0;
        mp::scope([&](mp::scope_ref s) { s.fork([&] { below = t.join(); }); });
        return below + 1;
      });
    default:
      return mp::spawn_shared([t] {
        return mp::par_range(3).map([&](int) { return t.join(); }).max().value() + 1;
      });
  }
}

// A chain of callables that block in every way there is, each for the one before.
int chain_of_all_kinds(int length) {
  mp::shared_task<int> last = mp::spawn_shared([] { return 0; });
  for (int i = 0; i < length; ++i) last = joins(last, i % 6);
  return last.join();
}

int scopes(int n) {
  if (n == 0) return 0;
  return mp::scope([n](mp::scope_ref) { return scopes(n - 1) + 1; });
}

int children(int n) {
  if (n == 0) return 0;
  int below = 0;
  mp::scope([&](mp::scope_ref s) { s.fork([&] { below = children(n - 1); }); });
  return below + 1;
}

mp::task<int> blocks_below(int n);
int sync_waits(int n) { return n == 0 ? 0 : mp::sync_wait(blocks_below(n)); }
mp::task<int> blocks_below(int n) {
  const int below = sync_waits(n - 1);
  co_return below + 1;
}

int loops(int n) {
  if (n == 0) return 0;
  return mp::par_range(1).map([n](int) { return loops(n - 1); }).sum() + 1;
}

mp::task<long> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

mp::task<long> nested(long levels) {
  if (levels == 0) co_return 0;
  const long below = co_await nested(levels - 1);
  co_return below + 1;
}

// Every blocking call once; true if all are right.
bool all_calls_work() {
  auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
  bool right = a + b == 3 && mp::sync_wait(fib(12)) == 144 && mp::sync_wait(nested(20'000)) == 20'000;
  right = right && mp::par_range(10'000L).sum() == 49'995'000L;
  std::atomic<int> forked{0};
  mp::scope([&](mp::scope_ref s) {
    for (int i = 0; i < 50; ++i) s.fork([&] { ++forked; });
  });
  std::vector<int> numbers(20'000);
  for (int i = 0; i < 20'000; ++i) numbers[static_cast<std::size_t>(i)] = i * 7919 % 20'011;
  mp::par_sort(numbers);
  right = right && forked == 50 && std::is_sorted(numbers.begin(), numbers.end());
  right = right && mp::spawn_owned([] { return 5; }).join() == 5;
  right = right && mp::sync_wait(mp::stackful([] { return mp::await(fib(10)); })) == 55;
  return right && chain_of_all_kinds(2'000) == 2'000;
}

bool all_calls_work_on_foreign_stack(std::size_t size) {
  bool right = false;
  mt::on_foreign_stack(size, [&] { right = all_calls_work(); });
  return right;
}

// With room for what a sanitizer puts into frames.
constexpr std::size_t small_stack =
    MICROPOOL_ASAN || MICROPOOL_TSAN ? std::size_t{256} << 10 : std::size_t{64} << 10;

}  // namespace

TEST_CASE("promise 10: queued tasks that join each other in a long chain do not overflow a stack") {
  const std::size_t workers = GENERATE(0u, 1u, 2u);
  mp::thread_pool pool({.num_threads = workers});
  mp::owned_task<int> last = pool.spawn_owned([] { return 0; });
  for (int i = 0; i < depth; ++i) {
    last = pool.spawn_owned([before = std::move(last)]() mutable { return before.join() + 1; });
  }
  CHECK(last.join() == depth);
}

TEST_CASE("promise 10: queued tasks that wait for each other in every way do not overflow a stack") {
  const std::size_t workers = GENERATE(0u, 1u, 2u);
  mp::thread_pool pool({.num_threads = workers});
  constexpr int length = depth / 10;
  CHECK(pool.install([] { return chain_of_all_kinds(length); }) == length);
}

TEST_CASE("promise 10: queued tasks that help each other in a chain do not overflow a stack") {
  mp::thread_pool pool({.num_threads = 0});
  constexpr int length = depth / 10;
  mp::shared_task<int> last = pool.spawn_shared([] { return 0; });
  for (int i = 0; i < length; ++i) {
    last = pool.spawn_shared([t = std::move(last)] {
      t.help();
      return t.join() + 1;
    });
  }
  last.help();
  CHECK(last.join() == length);
}

TEST_CASE("promise 10: blocking calls inside each other do not overflow a stack") {
  const std::size_t workers = GENERATE(0u, 2u);
  mp::thread_pool pool({.num_threads = workers});
  static constexpr int n = depth / 4;
  pool.install([] {
    CHECK(scopes(n) == n);
    CHECK(children(n) == n);
    CHECK(sync_waits(n) == n);
    CHECK(loops(n) == n);
  });
}

TEST_CASE("promise 10: blocking calls inside each other do not overflow the stack of a worker") {
  mp::thread_pool pool({.num_threads = 1});
  auto t = pool.spawn_owned([] { return sync_waits(depth / 4) + children(depth / 4); });
  while (!t.complete()) mp::yield_now();
  CHECK(t.join() == depth / 4 * 2);
}

TEST_CASE("an exception comes through blocked calls on several stacks") {
  mp::thread_pool pool({.num_threads = 0});
  mp::shared_task<int> last = pool.spawn_shared([]() -> int { throw std::runtime_error("first"); });
  for (int i = 0; i < depth / 4; ++i) last = pool.spawn_shared([t = last] { return t.join() + 1; });
  CHECK_THROWS_WITH(last.join(), "first");
}

TEST_CASE("the body of a scope sees the exception that is being handled on whatever stack it runs") {
  const std::function<std::string(int)> rethrow = [&](int n) -> std::string {
    if (n > 0) return mp::scope([&](mp::scope_ref) { return rethrow(n - 1); });
    try {
      std::rethrow_exception(std::current_exception());
    } catch (const std::runtime_error& e) {
      return e.what();
    }
  };
  try {
    throw std::runtime_error("handled");
  } catch (...) {
    CHECK(rethrow(depth / 10) == "handled");
  }
}

TEST_CASE("blocking calls work on a small stack that the program has made itself") {
  const std::size_t size = small_stack * GENERATE(1u, 4u);
  mp::thread_pool pool({.num_threads = 1});
  bool outside = false;
  bool inside = false;
  pool.install([&] {
    outside = all_calls_work_on_foreign_stack(size);
    mp::join([&] { inside = all_calls_work_on_foreign_stack(size); }, [] {});
  });
  CHECK(outside);
  CHECK(inside);
}

TEST_CASE("blocking calls work on a stack that a job has made itself on a worker") {
  mp::thread_pool pool({.num_threads = 1});
  auto t = pool.spawn_owned([] { return all_calls_work_on_foreign_stack(small_stack); });
  while (!t.complete()) mp::yield_now();
  CHECK(t.join());
}

TEST_CASE("blocking calls work on a stack of the program's own without workers") {
  mp::thread_pool pool({.num_threads = 0});
  CHECK(pool.install([] { return all_calls_work_on_foreign_stack(small_stack); }));
}

// A sanitizer allocates for itself, and needs addresses without a limit.
#if !MICROPOOL_ASAN && !MICROPOOL_TSAN

TEST_CASE("child: no addresses are left for the stacks of blocked calls", "[.]") {
  mp::thread_pool pool({.num_threads = 0});
  mp::shared_task<int> last = pool.spawn_shared([] { return 0; });
  for (int i = 0; i < 200'000; ++i) last = pool.spawn_shared([t = last] { return t.join() + 1; });
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t few_more = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + (32u << 20);
  const rlimit limit = {few_more, few_more};
  if (pages == 0 || ::setrlimit(RLIMIT_AS, &limit) != 0) std::_Exit(5);
  try {
    last.join();
  } catch (const std::system_error& e) {
    const bool says_so = std::string(e.what()).find("micropool: no stack of") == 0;
    std::_Exit(says_so ? 3 : 4);
  }
}

TEST_CASE("a join for which there is no stack left throws an exception that says so") {
  const auto r = mt::run_as_child("child: no addresses are left for the stacks of blocked calls");
  INFO(r.output);
  CHECK(r.exit_code == 3);
}

TEST_CASE("child: a blocked call overflows the stack on which it has continued", "[.]") {
  const std::function<int(volatile char*)> endless = [&](volatile char* above) -> int {
    volatile char here[512];
    here[0] = *above;
    const int below = endless(here);
    return below + here[0];
  };
  // Without workers: one that steals the child would overflow its thread's own stack.
  mp::thread_pool pool({.num_threads = 0});
  mt::on_foreign_stack(std::size_t{64} << 10, [&] {
    volatile char c = 1;
    pool.scope([&](mp::scope_ref s) { s.fork([&] { endless(&c); }); });
  });
}

TEST_CASE("a stack overflow of a blocked call that has continued elsewhere says what to do") {
  const auto r =
      mt::run_as_child("child: a blocked call overflows the stack on which it has continued");
  INFO(r.output);
  CHECK(r.aborted());
  CHECK_THAT(r.output, mt::contains("micropool: stack overflow in a blocked call"));
  CHECK_THAT(r.output, mt::contains("pool_options::stacks.size"));
}

#endif
