// SPDX-License-Identifier: MIT OR Apache-2.0
// A process that forks while its other threads do all that they can: whatever lock they hold and
// whatever they are in the middle of, the child has the use of every pool, and comes to an end.
#include <micropool/iter.hpp>
#include <micropool/micropool.hpp>

#include "catch.hpp"
#include "forked.hpp"
#include "scale.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <tuple>
#include <vector>

namespace {

namespace mp = micropool;
namespace mt = micropool_test;

mp::task<int> fib(int n) {
  if (n < 2) co_return n;
  const auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

mp::task<int> awaits(mp::shared_task<int> t) {
  co_await mp::yield();
  const int value = co_await t;
  co_return value;
}

int stackful_join() {
  const auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
  return a + b;
}

bool forks_children(mp::thread_pool& pool) {
  std::atomic<int> n{0};
  pool.scope([&](mp::scope_ref s) {
    for (int i = 0; i < 20; ++i) s.fork([&] { mp::join([&] { ++n; }, [&] { ++n; }); });
  });
  return n == 40;
}

// One of each kind; returns whether the result was right.
constexpr std::array<bool (*)(mp::thread_pool&), 8> uses{
    [](mp::thread_pool&) {
      mp::thread_pool own({.num_threads = 1});
      return own.join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2);
    },
    [](mp::thread_pool& pool) {
      return pool.join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2);
    },
    [](mp::thread_pool& pool) { return pool.sync_wait(fib(8)) == 21; },
    [](mp::thread_pool& pool) { return pool.spawn_owned([] { return 7; }).join() == 7; },
    &forks_children,
    [](mp::thread_pool& pool) {
      return pool.spawn_owned(mp::stackful(&stackful_join)).join() == 3;
    },
    [](mp::thread_pool& pool) {
      auto shared = pool.spawn_shared(fib(6));
      return pool.sync_wait(awaits(shared)) == 8 && shared.join() == 8;
    },
    [](mp::thread_pool& pool) {
      const std::vector<int> ones(2000, 1);
      return pool.install([&] { return mp::par_iter(ones).sum(); }) == 2000;
    },
};

}  // namespace

TEST_CASE("children of forks under load use every pool, and end them") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 2});
  std::atomic<bool> over{false};
  std::atomic<bool> right{true};
  std::vector<std::thread> load;
  for (std::size_t t = 0; t < 3; ++t) {
    load.emplace_back([&, t] {
      for (std::size_t i = t; !over; ++i) {
        if (!uses[i % uses.size()](*pool)) right = false;
      }
    });
  }
  for (std::size_t i = 0; i < mt::scaled(200); ++i) {
    const int result = mt::in_child([&] {
      if (!uses[i % uses.size()](*pool)) return 1;
      if (i / uses.size() % 2 == 0) pool.reset();
      return 0;
    });
    CAPTURE(i);
    CHECK(result == 0);
    if (result != 0) break;
  }
  over = true;
  for (std::thread& t : load) t.join();
  CHECK(right);
}

TEST_CASE("workers fork under load, and their children use the pool") {
  mp::thread_pool pool({.num_threads = 2});
  std::atomic<bool> over{false};
  std::thread load([&] {
    for (std::size_t i = 0; !over; ++i) uses[i % uses.size()](pool);
  });
  std::atomic<int> wrong{0};
  for (std::size_t i = 0; i < mt::scaled(50); ++i) {
    pool.spawn_owned([&, i] {
          const int result = mt::in_child([&] { return uses[i % uses.size()](pool) ? 0 : 1; });
          if (result != 0) ++wrong;
        }).join();
  }
  over = true;
  load.join();
  CHECK(wrong == 0);
}
