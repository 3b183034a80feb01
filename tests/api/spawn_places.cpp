// SPDX-License-Identifier: MIT OR Apache-2.0
// Where background tasks can be spawned from, and which pool runs them.
#include "catch.hpp"
#include "ended.hpp"
#include "gate.hpp"
#include "place.hpp"
#include "scale.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

using pools = std::vector<const mp::thread_pool*>;

constexpr auto current = [] { return static_cast<const mp::thread_pool*>(&mp::current_pool()); };
constexpr auto current_in_task = []() -> mp::task<const mp::thread_pool*> { co_return current(); };

}  // namespace

TEST_CASE("a free spawn goes to the pool that is current where it is called") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const std::size_t others = GENERATE(0u, 1u);
  CAPTURE(where, others);
  mt::place here(where);
  mp::thread_pool other({.num_threads = others});
  const auto spawn_both = [] {
    return pools{mp::spawn_owned(current).join(), mp::spawn_shared(current_in_task).join()};
  };
  pools in_call, in_coroutine, in_background, in_install, in_other_call;
  here.run([&] {
    in_call = spawn_both();
    const auto coroutine = [&]() -> mp::task<> {
      in_coroutine = spawn_both();
      co_return;
    };
    mp::sync_wait(coroutine);
    mp::spawn_owned([&] { in_background = spawn_both(); }).join();
    other.install([&] { in_install = spawn_both(); });
    other.join([&] { in_other_call = spawn_both(); }, [] {});
  });
  const pools own(2, &here.pool);
  const pools foreign(2, &other);
  CHECK(in_call == own);
  CHECK(in_coroutine == own);
  CHECK(in_background == own);
  CHECK(in_install == foreign);
  CHECK(in_other_call == foreign);
}

TEST_CASE("a task spawned on a pool runs there, whichever thread joins, helps or awaits it") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  const std::size_t others = GENERATE(0u, 1u);
  CAPTURE(where, others);
  mt::place here(where);
  mp::thread_pool other({.num_threads = others});
  // What is not started by a worker is started by who waits.
  mt::busy_workers busy(other);
  const auto seen = here.run([&] {
    pools all;
    all.push_back(other.spawn_owned(current).join());
    all.push_back(other.spawn_owned(current_in_task()).join());
    auto helped = other.spawn_owned(current_in_task);
    mt::until_ended(helped);
    all.push_back(helped.join());
    const auto awaits = [&]() -> mp::task<> {
      all.push_back(co_await other.spawn_owned(current));
      all.push_back(co_await other.spawn_owned(current_in_task()));
      const auto shared = other.spawn_shared(current_in_task);
      all.push_back(co_await shared);
    };
    mp::sync_wait(awaits());
    return all;
  });
  CHECK(seen == pools(6, &other));
}

TEST_CASE("what a background task forks and spawns stays on its pool") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  std::atomic<int> elsewhere{0};
  std::atomic<int> runs{0};
  here.run([&] {
    const auto look = [&] {
      ++runs;
      if (current() != &here.pool) ++elsewhere;
    };
    mp::spawn_owned([&] {
      mp::scope([&](mp::scope_ref s) {
        for (int i = 0; i < 20; ++i) {
          s.fork([&] {
            look();
            mp::spawn_owned(look).join();
          });
        }
      });
    }).join();
  });
  CHECK(runs == 40);
  CHECK(elsewhere == 0);
}

TEST_CASE("tasks spawned by many threads at once each run once") {
  const std::size_t workers = GENERATE(0u, 1u, 2u, 4u);
  CAPTURE(workers);
  constexpr std::size_t per_thread = mt::sized(3000, 20);
  mt::census census;
  std::vector<std::atomic<int>> runs(4 * per_thread);
  {
    mp::thread_pool pool({.num_threads = workers});
    mt::countdown together(4);
    std::vector<std::thread> producers;
    for (std::size_t p = 0; p < 4; ++p) {
      producers.emplace_back([&, p] {
        std::vector<mp::owned_task<void>> mine;
        together.arrive_and_wait();
        for (std::size_t i = p * per_thread; i < (p + 1) * per_thread; ++i) {
          auto t = pool.spawn_owned([&runs, i, life = mt::tracked(census)] { ++runs[i]; });
          // A third is joined at once, a third later, and a third is dropped.
          if (i % 3 == 0) t.join();
          if (i % 3 == 1) mine.push_back(std::move(t));
        }
        for (auto& t : mine) t.join();
      });
    }
    for (auto& t : producers) t.join();
  }
  std::size_t wrong = 0;
  for (const auto& n : runs) wrong += n != 1 ? 1 : 0;
  CHECK(wrong == 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("a tree of background tasks spawned from each other comes to its end") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  struct tree {
    static mp::task<int> awaited(int depth) {
      if (depth == 0) co_return 1;
      auto left = mp::spawn_owned(awaited(depth - 1));
      auto right = mp::spawn_owned([depth] { return joined(depth - 1); });
      const int a = co_await std::move(left);
      co_return a + co_await std::move(right);
    }
    static int joined(int depth) {
      if (depth == 0) return 1;
      auto left = mp::spawn_owned([depth] { return joined(depth - 1); });
      const auto right = mp::spawn_shared(awaited(depth - 1));
      return left.join() + right.join();
    }
  };
  CHECK(here.run([] { return mp::spawn_owned(tree::awaited(9)).join(); }) == 512);
  CHECK(here.run([] { return tree::joined(9); }) == 512);
}

TEST_CASE("the global pool runs what is spawned outside any other") {
  CHECK(mp::spawn_owned(current).join() == current());
  const auto shared = mp::spawn_shared(current_in_task());
  CHECK(shared.join() == current());
}
