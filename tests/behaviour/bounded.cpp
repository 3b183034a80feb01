// SPDX-License-Identifier: MIT OR Apache-2.0
// Promises 9 and 10: no allocation in steady state; stack and memory are bounded.
#include "place.hpp"
#include "allocation_counter.hpp"
#include "catch.hpp"

#include <micropool/detail/base/macros.hpp>
#include <micropool/micropool.hpp>

#include <pthread.h>
#include <sys/resource.h>

#include <atomic>
#include <functional>

namespace mp = micropool;

namespace {

mp::task<long> one() { co_return 1; }

mp::task<long> fib(int n) {
  if (n < 2) co_return n;
  auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

mp::task<long> nested(long depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await nested(depth - 1);
}

mp::task<long> nested_joins(long depth) {
  if (depth == 0) co_return 0;
  auto [below, beside] = co_await mp::join(nested_joins(depth - 1), one());
  co_return below + beside;
}

mp::task<long> consecutive(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) sum += co_await one();
  co_return sum;
}

// Runs f on a thread with a stack of that size, and to its end.
void on_a_stack_of(std::size_t bytes, std::function<void()> f) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  REQUIRE(pthread_attr_setstacksize(&attributes, bytes) == 0);
  pthread_t thread;
  const auto body = [](void* g) -> void* {
    (*static_cast<std::function<void()>*>(g))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, body, &f) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

long peak_megabytes() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return u.ru_maxrss / 1024;
}

#if MICROPOOL_ASAN || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

// A sanitizer takes some fifteen times the memory, so a tenth has to do there.
constexpr long million = sanitized ? 100'000 : 1'000'000;

}  // namespace

// A sanitizer allocates for itself, and keeps what is freed.
#if !MICROPOOL_ASAN && !defined(__SANITIZE_THREAD__)
TEST_CASE("promise 9: warm joins, awaits and scope children allocate nothing") {
  for (const std::size_t workers : {0u, 1u}) {
    // With a short list a worker gives blocks back soon.
    mp::thread_pool pool({.num_threads = workers, .frame_cache = {.per_thread = 4096}});
    const auto everything = [&] {
      for (int i = 0; i < 100; ++i) pool.join([] { return 1; }, [] { return 2; });
      pool.sync_wait(fib(12));
      pool.scope([&](mp::scope_ref s) {
        for (int i = 0; i < 100; ++i) s.fork([] {});
      });
      pool.sync_wait(mp::scope([](mp::scope_ref s) -> mp::task<> {
        for (int i = 0; i < 100; ++i) s.fork(one());
        co_return;
      }));
    };
    // With workers, frames wander between the threads until each has enough: the quietest of many
    // rounds is the steady state.
    std::uint64_t least = ~std::uint64_t{0};
    for (int round = 0; round < 50 && least != 0; ++round) {
      const micropool_test::allocation_count during;
      everything();
      least = std::min(least, during.so_far());
    }
    REQUIRE(least == 0);
  }
}

TEST_CASE("promise 10: freed frames are kept for reuse up to the limit only") {
  mp::thread_pool pool({.num_threads = 0});
  const auto before = micropool_test::allocations() - micropool_test::deallocations();
  REQUIRE(pool.sync_wait(nested(million)) == million);
  const auto kept = micropool_test::allocations() - micropool_test::deallocations() - before;
  // 64 MiB in the shared store and 256 KiB here, of frames that are larger than 128 bytes.
  REQUIRE(kept < (65u << 20) / 128);
}
#endif

TEST_CASE("promise 10: a million nested or consecutive awaits fit a stack of 8 MiB") {
  for (const std::size_t workers : {0u, 2u}) {
    long deep = 0;
    long deep_joins = 0;
    long many = 0;
    on_a_stack_of(std::size_t{8} << 20, [&] {
      mp::thread_pool pool({.num_threads = workers});
      deep = pool.sync_wait(nested(million));
      deep_joins = pool.sync_wait(nested_joins(million));
      many = pool.sync_wait(consecutive(million));
    });
    CHECK(deep == million);
    CHECK(deep_joins == million);
    CHECK(many == million);
  }
  WARN("peak resident memory so far: " << peak_megabytes() << " MiB");
  // A frame with a join in it is 320 bytes; sanitizers multiply that by what they like.
  if (!sanitized) CHECK(peak_megabytes() < 1500);
}

TEST_CASE("promise 10: scopes nest by the hundred thousand on a stack of 8 MiB") {
  for (const std::size_t workers : {0u, 2u}) {
    std::atomic<long> ended{0};
    std::atomic<long> links{0};
    on_a_stack_of(std::size_t{8} << 20, [&] {
      mp::thread_pool pool({.num_threads = workers});
      // As a child of the body, and inside the body.
      const auto nested_scopes = [&](auto& self, long left) -> mp::task<> {
        if (left > 0) {
          co_await mp::scope([&](mp::scope_ref s) -> mp::task<> {
            if (left % 2 == 0) {
              s.fork(self(self, left - 1));
            } else {
              co_await self(self, left - 1);
            }
          });
        }
        ++ended;
      };
      pool.sync_wait(nested_scopes(nested_scopes, 100'000));
      const auto chain = [&](auto& self, mp::scope_ref s, long left) -> mp::task<> {
        ++links;
        if (left > 0) s.fork(self(self, s, left - 1));
        co_return;
      };
      pool.sync_wait(mp::scope([&](mp::scope_ref s) { return chain(chain, s, 100'000); }));
    });
    CHECK(ended == 100'001);
    CHECK(links == 100'001);
  }
}

TEST_CASE("promise 10: an exception leaves a chain of a hundred thousand awaits") {
  int caught = 0;
  on_a_stack_of(std::size_t{8} << 20, [&] {
    mp::thread_pool pool({.num_threads = 0});
    const auto fails = [](auto& self, long left) -> mp::task<> {
      if (left == 0) throw 42;
      co_await self(self, left - 1);
    };
    try {
      pool.sync_wait(fails(fails, 100'000));
    } catch (int n) {
      caught = n;
    }
  });
  CHECK(caught == 42);
}

TEST_CASE("promise 10: nesting on a small stack is cut off in time") {
  long deep = 0;
  long wide = 0;
  on_a_stack_of(std::size_t{256} << 10, [&] {
    mp::thread_pool pool({.num_threads = 0});
    deep = pool.sync_wait(nested(100'000));
    wide = pool.sync_wait(fib(16));
  });
  CHECK(deep == 100'000);
  CHECK(wide == 987);
}

TEST_CASE("promise 10: a scope may have a million children") {
  for (const std::size_t workers : {0u, 2u}) {
    mp::thread_pool pool({.num_threads = workers});
    std::atomic<long> ended{0};
    pool.scope([&](mp::scope_ref s) {
      for (long i = 0; i < million; ++i) {
        s.fork([&] { ended.fetch_add(1, std::memory_order_relaxed); });
      }
    });
    CHECK(ended == million);
    const auto count = [](std::atomic<long>& n) -> mp::task<> {
      n.fetch_add(1, std::memory_order_relaxed);
      co_return;
    };
    pool.sync_wait(mp::scope([&](mp::scope_ref s) -> mp::task<> {
      for (long i = 0; i < million; ++i) s.fork(count(ended));
      co_return;
    }));
    CHECK(ended == 2 * million);
  }
}
