// SPDX-License-Identifier: MIT OR Apache-2.0
// install, current_pool and several pools at once.
#include "catch.hpp"
#include "child_process.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/build_config.hpp>
#include <micropool/micropool.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<mp::thread_pool*> current() { co_return &mp::current_pool(); }

// The pools that a blocking join's two branches, an awaited join's two branches and a scope's child
// see, run at the same time where there are enough threads.
std::vector<mp::thread_pool*> pools_seen() {
  std::vector<mp::thread_pool*> all;
  const auto [a, b] =
      mp::join([] { return &mp::current_pool(); }, [] { return &mp::current_pool(); });
  const auto [c, d] = mp::sync_wait(mp::join(current(), current()));
  mp::thread_pool* e = nullptr;
  mp::scope([&](mp::scope_ref s) { s.fork([&] { e = &mp::current_pool(); }); });
  all.insert(all.end(), {a, b, c, d, e, mp::sync_wait(current())});
  return all;
}

bool all_are(const std::vector<mp::thread_pool*>& seen, const mp::thread_pool& pool) {
  for (const auto* p : seen) {
    if (p != &pool) return false;
  }
  return !seen.empty();
}

}  // namespace

TEST_CASE("every free function inside install uses that pool") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  bool same = true;
  for (int round = 0; round < 50; ++round) {
    same = same && here.run([&] { return all_are(pools_seen(), here.pool); });
  }
  CHECK(same);
  CHECK(here.run([] { return mp::num_threads(); }) == where.workers);
}

TEST_CASE("install returns what the function returns and throws what it throws") {
  mp::thread_pool pool({.num_threads = 1});
  int number = 0;
  CHECK(pool.install([] { return 4; }) == 4);
  CHECK(&pool.install([&]() -> int& { return number; }) == &number);
  CHECK(*pool.install([] { return std::make_unique<int>(5); }) == 5);
  CHECK(pool.install([owned = std::make_unique<int>(6)] { return *owned; }) == 6);
  CHECK(mt::thrown_by([&] {
          pool.install([] { throw mt::numbered_error(7); });
          return 0;
        }) == 7);
  auto& global = mp::current_pool();
  CHECK(&global != &pool);
}

TEST_CASE("installs nest and each end brings the pool before it back") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mp::thread_pool other({.num_threads = 1});
  auto& global = mp::current_pool();
  const auto seen = here.run([&] {
    std::vector<bool> right;
    right.push_back(all_are(pools_seen(), here.pool));
    other.install([&] {
      right.push_back(all_are(pools_seen(), other));
      here.pool.install([&] {
        right.push_back(all_are(pools_seen(), here.pool));
        here.pool.install([&] { right.push_back(all_are(pools_seen(), here.pool)); });
        static_cast<void>(mt::thrown_by([&] {
          other.install([] { throw mt::numbered_error(1); });
          return 0;
        }));
        right.push_back(all_are(pools_seen(), here.pool));
      });
      right.push_back(all_are(pools_seen(), other));
    });
    right.push_back(all_are(pools_seen(), here.pool));
    return right;
  });
  CHECK(seen == std::vector<bool>(7, true));
  CHECK(&mp::current_pool() == &global);
}

TEST_CASE("the members of a pool use that pool wherever they are called") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mp::thread_pool other({.num_threads = 1});
  const bool right = here.run([&] {
    const auto [a, b] = other.join([] { return pools_seen(); }, [] { return pools_seen(); });
    std::vector<std::function<std::vector<mp::thread_pool*>()>> range(3, pools_seen);
    const auto c = other.join_all(range);
    const auto d = other.scope([&](mp::scope_ref) { return pools_seen(); });
    mp::thread_pool* const e = other.sync_wait(current());
    mp::thread_pool* const f = other.sync_wait([] { return current(); });
    return all_are(a, other) && all_are(b, other) && all_are(c[0], other) && all_are(c[1], other) &&
           all_are(c[2], other) && all_are(d, other) && e == &other && f == &other &&
           all_are(pools_seen(), here.pool);
  });
  CHECK(right);
}

TEST_CASE("an awaitable of another pool runs there and its awaiter goes on where it was") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const std::size_t others = GENERATE(0u, 2u);
  CAPTURE(where, others);
  mt::place here(where);
  mp::thread_pool other({.num_threads = others});
  int wrong = 0;
  for (int round = 0; round < 30; ++round) {
    const bool right = here.run([&] {
      const auto walks = [&]() -> mp::task<bool> {
        const auto [a, b] = co_await other.join(current(), [] { return &mp::current_pool(); });
        bool fine = a == &other && b == &other && &mp::current_pool() == &here.pool;
        std::vector<mp::task<mp::thread_pool*>> tasks;
        for (int i = 0; i < 3; ++i) tasks.push_back(current());
        const auto pools = co_await other.join_all(std::move(tasks));
        fine = fine && all_are(pools, other);
        fine = fine && &mp::current_pool() == &here.pool;
        mp::thread_pool* in_child = nullptr;
        mp::thread_pool* const in_body =
            co_await other.scope([&](mp::scope_ref s) -> mp::task<mp::thread_pool*> {
              s.fork([&] { in_child = &mp::current_pool(); });
              co_return &mp::current_pool();
            });
        fine = fine && in_body == &other && in_child == &other;
        co_return fine && &mp::current_pool() == &here.pool;
      };
      return mp::sync_wait(walks());
    });
    if (!right) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("two pools may call into each other to any depth") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mp::thread_pool other({.num_threads = 1});
  std::atomic<int> wrong{0};
  const std::function<int(int)> ping_pong = [&](int depth) -> int {
    auto& pool = depth % 2 == 0 ? here.pool : other;
    if (&mp::current_pool() != &pool) ++wrong;
    if (depth == 0) return 1;
    auto& next = depth % 2 == 0 ? other : here.pool;
    const auto [a, b] = next.join([&] { return ping_pong(depth - 1); },
                                  [&] { return depth > 6 ? 0 : ping_pong(depth - 1); });
    return a + b;
  };
  CHECK(here.run([&] { return ping_pong(20); }) == 64);
  CHECK(wrong == 0);
}

TEST_CASE("many pools live at once and take nothing from each other") {
  std::vector<std::unique_ptr<mp::thread_pool>> pools;
  for (std::size_t i = 0; i < 6; ++i) {
    pools.push_back(std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = i % 3}));
  }
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (auto& p : pools) {
    callers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        if (!p->install([&] { return all_are(pools_seen(), *p); })) ++wrong;
      }
    });
  }
  for (auto& t : callers) t.join();
  CHECK(wrong == 0);
}

TEST_CASE("a worker knows its index and every other thread knows none") {
  CHECK(mp::this_thread_index() == std::nullopt);
  mp::thread_pool pool({.num_threads = 4});
  mp::thread_pool other({.num_threads = 1});
  CHECK(pool.join([] { return mp::this_thread_index(); }, [] { return 0; }) ==
        std::tuple(std::optional<std::size_t>(), 0));
  std::vector<std::atomic<int>> seen(4);
  std::atomic<int> wrong{0};
  mt::countdown everybody(5);
  pool.scope([&](mp::scope_ref s) {
    for (int i = 0; i < 4; ++i) {
      s.fork([&] {
        everybody.arrive_and_wait();
        const auto index = mp::this_thread_index();
        if (index) ++seen.at(*index);
        // In a call on another pool it is a guest like any other.
        other.join([&] { wrong += mp::this_thread_index() ? 1 : 0; }, [] {});
        if (mp::this_thread_index() != index) ++wrong;
      });
    }
    everybody.arrive_and_wait();
  });
  for (const auto& n : seen) CHECK(n == 1);
  CHECK(wrong == 0);
}

#if MICROPOOL_DEBUG_CHECKS
TEST_CASE("a pool destroyed inside its own install is reported where debug checks are on") {
  const auto* const name = GENERATE("child: destroys a pool inside its install",
                                    "child: destroys a pool inside the install of another thread",
                                    "child: destroys a pool between two installs");
  const auto child = mt::run_as_child(name);
  CHECK(child.aborted());
  CHECK_THAT(child.output, mt::contains("which is installed"));
  CHECK_THAT(child.output, mt::contains("when each install() on it has returned"));
}

TEST_CASE("child: destroys a pool inside its install", "[.child]") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 1});
  pool->install([&] { pool.reset(); });
}

TEST_CASE("child: destroys a pool inside the install of another thread", "[.child]") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 1});
  mt::gate never_opened;
  std::thread other([&] { pool->install([&] { never_opened.pass(); }); });
  never_opened.wait_for_arrivals(1);
  pool.reset();
  other.join();
}

TEST_CASE("child: destroys a pool between two installs", "[.child]") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 1});
  mp::thread_pool inner({.num_threads = 0});
  pool->install([&] { inner.install([&] { pool.reset(); }); });
}
#else
TEST_CASE("calls inside the install of a pool that is destroyed meanwhile throw pool_stopped") {
  const bool by_other_thread = GENERATE(false, true);
  CAPTURE(by_other_thread);
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 1});
  pool->install([&] {
    if (by_other_thread) {
      std::thread([&] { pool.reset(); }).join();
    } else {
      pool.reset();
    }
    CHECK_THROWS_AS(mp::join([] {}, [] {}), mp::pool_stopped);
    CHECK_THROWS_AS(mp::scope([](mp::scope_ref) {}), mp::pool_stopped);
    CHECK_THROWS_AS(mp::spawn_owned([] {}), mp::pool_stopped);
    CHECK_THROWS_AS(mp::sync_wait([]() -> mp::task<> { co_return; }), mp::pool_stopped);
    CHECK_THROWS_AS(mp::current_pool(), mp::pool_stopped);
    CHECK(mp::num_threads() == 1);
  });
  CHECK(mp::join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2));
}
#endif
