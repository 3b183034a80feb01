// SPDX-License-Identifier: MIT OR Apache-2.0
// Objects of any alignment as results, captures, parameters and variables.
#include "catch.hpp"
#include "misplaced.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace mp = micropool;
using micropool_test::is_at;
using micropool_test::misplaced;
using micropool_test::placed;

// Does the compiler align the variables of a coroutine beyond a cache line? clang does if it is
// told to (docs/pitfalls.md); the build says so.
#if !defined(FRAMES_ARE_ALIGNED)
#if defined(__clang__)
#define FRAMES_ARE_ALIGNED 0
#else
#define FRAMES_ARE_ALIGNED 1
#endif
#endif

namespace {

template <class W>
mp::task<W> made(int n) {
  co_return W(n);
}

template <class W>
mp::task<int> takes(W w, int more) {
  co_await mp::yield();
  co_return w.get() + more;
}

// In a frame that is not recycled.
template <class W>
mp::task<int> takes_much(W w, std::size_t n) {
  std::byte much[40'000];
  much[n] = std::byte{1};
  co_await mp::yield();
  co_return w.get() + static_cast<int>(much[n]);
}

template <class W>
mp::task<W> fails(W w) {
  co_await mp::yield();
  if (w.get() > 0) throw 7;
  co_return w;
}

// Makes the arguments of `fails` on a stack.
template <class W>
mp::task<W> failing(const W& w) {
  return fails<W>(w);
}

// Holds no object itself.
template <class W>
mp::task<int> awaits_pointed_at(const W& captured) {
  int sum = 0;
  {
    const auto t = mp::spawn_shared([&captured] { return captured; });
    const W& ended = co_await t;
    sum += ended.get();
  }
  try {
    static_cast<void>(co_await failing(captured));
  } catch (int n) {
    sum += n;
  }
  co_return sum;
}

#if FRAMES_ARE_ALIGNED
template <class W>
mp::task<int> keeps(W w) {
  const W before(1);
  const W one = co_await made<W>(2);
  const auto [a, b] = co_await mp::join(made<W>(3), made<W>(4));
  const auto [c, d] = co_await mp::join([w] { return w; }, made<W>(5));
  const W scoped = co_await mp::scope([w](mp::scope_ref s) -> mp::task<W> {
    s.fork([w] { w.look(); });
    s.fork(takes<W>(w, 1));
    co_return w;
  });
  std::vector<mp::task<W>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(made<W>(i));
  const auto all = co_await mp::join_all(std::move(tasks));
  co_return w.get() + before.get() + one.get() + a.get() + b.get() + c.get() + d.get() +
      scoped.get() + all[2].get();
}
#endif

}  // namespace

TEMPLATE_TEST_CASE("results and captures and parameters of any alignment are where they belong", "",
                   placed<32>, placed<64>, placed<128>, placed<1024>, placed<4096>) {
  using W = TestType;
  mp::thread_pool pool({.num_threads = 2});
  misplaced = 0;
  const W captured(7);

  SECTION("of tasks") {
    for (int i = 0; i < 50; ++i) {
      CHECK(pool.sync_wait(takes<W>(captured, 1)) == 8);
      CHECK(pool.sync_wait(takes_much<W>(captured, 5)) == 8);
      CHECK(pool.sync_wait(made<W>(5)).get() == 5);
      CHECK(pool.sync_wait([&captured] { return awaits_pointed_at<W>(captured); }) == 14);
    }
  }
#if FRAMES_ARE_ALIGNED
  SECTION("of a coroutine with variables") {
    for (int i = 0; i < 50; ++i) CHECK(pool.sync_wait(keeps<W>(captured)) == 38);
  }
#endif
  SECTION("of branches") {
    pool.install([&] {
      for (int i = 0; i < 50; ++i) {
        const auto [a, b] = mp::join([captured] { return captured; }, [] { return W(2); });
        CHECK(a.get() + b.get() == 9);
        std::vector<mp::task<W>> tasks;
        for (int k = 0; k < 10; ++k) tasks.push_back(made<W>(k));
        int sum = 0;
        for (const W& w : mp::sync_wait(mp::join_all(std::move(tasks)))) sum += w.get();
        const auto plain = [captured] { return captured; };
        const std::vector<std::remove_const_t<decltype(plain)>> callables(5, plain);
        for (const W& w : mp::join_all(callables)) sum += w.get();
        CHECK(sum == 80);
      }
    });
  }
  SECTION("of a scope and its children") {
    pool.install([&] {
      std::atomic<int> seen{0};
      const W body = mp::scope([&seen, captured](mp::scope_ref s) {
        for (int i = 0; i < 50; ++i) s.fork([&seen, captured] { seen += captured.get(); });
        for (int i = 0; i < 50; ++i) s.fork(takes<W>(captured, 0));
        for (int i = 0; i < 50; ++i) s.fork([captured] { return takes<W>(captured, 0); });
        return captured;
      });
      CHECK(body.get() == 7);
      CHECK(seen == 350);
      const W awaited = mp::sync_wait(mp::scope([captured](mp::scope_ref s) {
        s.fork([captured] { captured.look(); });
        return made<W>(captured.get());
      }));
      CHECK(awaited.get() == 7);
    });
  }
  SECTION("of background tasks") {
    for (int i = 0; i < 50; ++i) {
      auto owned = pool.spawn_owned([captured] { return captured; });
      auto awaited = pool.spawn_owned(made<W>(3));
      auto shared = pool.spawn_shared([captured] { return captured; });
      auto made_late = pool.spawn_owned([captured] { return takes<W>(captured, 0); });
      CHECK(owned.join().get() + awaited.join().get() + shared.join().get() == 17);
      CHECK(made_late.join() == 7);
    }
  }
  SECTION("of stackful tasks") {
    for (int i = 0; i < 50; ++i) {
      const W r = pool.sync_wait(mp::stackful([captured] {
        const W here(captured);
        mp::await(mp::yield());
        const auto [a, b] = mp::join([here] { return here; }, [captured] { return captured; });
        const W c = mp::await(made<W>(a.get()));
        const W d = mp::scope([c](mp::scope_ref s) {
          s.fork([c] { c.look(); });
          return c;
        });
        return W(d.get() - b.get() + here.get());
      }));
      CHECK(r.get() == 7);
    }
  }
  CHECK(misplaced == 0);
}

// For the vector registers that compilers keep there. A block's size must not matter.
TEST_CASE("frames of every size begin on a cache line") {
  const auto begins_on_a_line = []<std::size_t Size>(std::integral_constant<std::size_t, Size>) {
    struct alignas(64) lines {
      std::byte bytes[Size];
    };
    return mp::sync_wait([]() -> mp::task<bool> {
      lines l{};
      co_await mp::yield();
      co_return is_at(&l, 64);
    });
  };
  CHECK(begins_on_a_line(std::integral_constant<std::size_t, 64>()));
  CHECK(begins_on_a_line(std::integral_constant<std::size_t, 1024>()));
  CHECK(begins_on_a_line(std::integral_constant<std::size_t, 32'704>()));
  CHECK(begins_on_a_line(std::integral_constant<std::size_t, 40'000>()));
  CHECK(begins_on_a_line(std::integral_constant<std::size_t, 200'000>()));
}
