// SPDX-License-Identifier: MIT OR Apache-2.0
// The end of a pool with background tasks: they run or are cancelled, and every handle says which.
#include "catch.hpp"
#include "child_process.hpp"
#include "ended.hpp"
#include "foreign.hpp"
#include "gate.hpp"
#include "place.hpp"
#include "scale.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

constexpr int many = mt::sized(100'000, 200);
// The number of those that are cancelled: asking each ends in an exception, which takes long under
// sanitizers.
constexpr int some = mt::sized(10'000, 100);

// What a handle says about its task.
enum class fate { ran, cancelled, unknown };

fate fate_of(mp::owned_task<int>& t) {
  if (!t.complete()) return fate::unknown;
  try {
    t.join();
    return fate::ran;
  } catch (const mp::task_cancelled&) {
    return fate::cancelled;
  }
}

// Tasks that say whether they ran, half of them coroutines.
struct crowd {
  crowd(mp::thread_pool& pool, std::size_t size) : runs(size) {
    const auto body = [](std::atomic<int>& n) -> mp::task<int> { co_return ++n; };
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (i % 2 == 0) {
        tasks.push_back(pool.spawn_owned([&n = runs[i]] { return ++n; }));
      } else {
        tasks.push_back(pool.spawn_owned(body(runs[i])));
      }
    }
  }
  // How many have this fate, and have run as often as it says.
  int count(fate f) {
    int n = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      n += fates().at(i) == f && runs[i] == (f == fate::ran ? 1 : 0) ? 1 : 0;
    }
    return n;
  }
  const std::vector<fate>& fates() {
    if (!known_) {
      known_.emplace();
      for (auto& t : tasks) known_->push_back(fate_of(t));
    }
    return *known_;
  }
  std::vector<std::atomic<int>> runs;
  std::vector<mp::owned_task<int>> tasks;

private:
  std::optional<std::vector<fate>> known_;
};

}  // namespace

TEST_CASE("draining runs all of a hundred thousand queued tasks, and each handle has its result") {
  const std::size_t workers = GENERATE(0u, 1u, 2u);
  const bool destroy = GENERATE(false, true);
  CAPTURE(workers, destroy);
  std::optional<mp::thread_pool> pool(std::in_place, mp::pool_options{.num_threads = workers});
  crowd all(*pool, many);
  if (destroy) {
    pool.reset();
  } else {
    pool->shutdown();
  }
  CHECK(all.count(fate::ran) == many);
}

TEST_CASE("cancel_queued runs none of those that have not started, and each handle says so") {
  SECTION("without workers") {
    mp::thread_pool pool({.num_threads = 0});
    crowd all(pool, some);
    pool.shutdown(mp::shutdown::cancel_queued);
    CHECK(all.count(fate::cancelled) == some);
  }
  SECTION("while the worker is inside a task, which is waited for") {
    mp::thread_pool pool({.num_threads = 1});
    mt::gate gate;
    auto started = pool.spawn_owned([&] {
      gate.pass();
      return 1;
    });
    gate.wait_for_arrivals(1);
    crowd all(pool, some);
    std::atomic<bool> ended{false};
    std::thread stopper([&] {
      pool.shutdown(mp::shutdown::cancel_queued);
      ended = true;
    });
    for (const auto& t : all.tasks) mt::watch_until_ended(t);
    CHECK_FALSE(ended);
    gate.open();
    stopper.join();
    CHECK(fate_of(started) == fate::ran);
    CHECK(all.count(fate::cancelled) == some);
  }
  SECTION("while workers take them") {
    mp::thread_pool pool({.num_threads = 2});
    crowd all(pool, some);
    pool.shutdown(mp::shutdown::cancel_queued);
    CHECK(all.count(fate::ran) + all.count(fate::cancelled) == some);
  }
}

TEST_CASE(
    "a task that its pool has cancelled throws task_cancelled from join, try_join and co_await") {
  mp::thread_pool pool({.num_threads = 0});
  mp::thread_pool alive({.num_threads = 1});
  mt::census census;
  const auto spawn = [&] { return pool.spawn_owned([life = mt::tracked(census)] { return 1; }); };
  auto joined = spawn();
  auto tried = spawn();
  auto awaited = spawn();
  const auto shared = pool.spawn_shared([life = mt::tracked(census)] {});
  pool.shutdown(mp::shutdown::cancel_queued);
  CHECK(census.alive() == 0);
  CHECK(joined.complete());
  joined.help();
  CHECK_THROWS_AS(joined.join(), mp::task_cancelled);
  CHECK_THROWS_AS(tried.try_join(), mp::task_cancelled);
  CHECK_THROWS_AS(alive.sync_wait(std::move(awaited)), mp::task_cancelled);
  CHECK_THROWS_AS(shared.join(), mp::task_cancelled);
  CHECK_THROWS_WITH(shared.try_join(), mt::contains("cancelled before it had started"));
  CHECK_THROWS_AS(alive.sync_wait(shared), mp::task_cancelled);
}

TEST_CASE("handles outlive their pool and answer") {
  const std::size_t workers = GENERATE(0u, 2u);
  mt::census census;
  mp::owned_task<mt::tracked> value;
  mp::shared_task<int> shared;
  mp::owned_task<void> failed;
  mp::owned_task<void> dropped;
  {
    mp::thread_pool pool({.num_threads = workers});
    value = pool.spawn_owned([&] { return mt::tracked(census); });
    shared = pool.spawn_shared([]() -> mp::task<int> {
      co_await mp::yield();
      co_return 2;
    });
    failed = pool.spawn_owned([] { throw mt::numbered_error(3); });
    dropped = pool.spawn_owned([] {});
  }
  CHECK(value.complete());
  value.help();
  CHECK(census.alive() == 1);
  static_cast<void>(value.join());
  CHECK(census.alive() == 0);
  CHECK(shared.join() == 2);
  CHECK(*shared.try_join() == 2);
  CHECK_FALSE(shared.cancel());
  CHECK(mt::thrown_by([&] {
          failed.join();
          return 0;
        }) == 3);
  CHECK_FALSE(dropped.cancel());
}

TEST_CASE(
    "spawning on a pool that has shut down throws pool_stopped and destroys what it was given") {
  const std::size_t workers = GENERATE(0u, 1u);
  const auto how = GENERATE(mp::shutdown::drain, mp::shutdown::cancel_queued);
  mp::thread_pool pool({.num_threads = workers});
  pool.shutdown(how);
  mt::census census;
  int runs = 0;
  const auto counts = [&](mt::tracked) -> mp::task<> {
    ++runs;
    co_return;
  };
  CHECK_THROWS_AS(pool.spawn_owned([&, life = mt::tracked(census)] { ++runs; }), mp::pool_stopped);
  CHECK_THROWS_AS(pool.spawn_shared(counts(mt::tracked(census))), mp::pool_stopped);
  auto given = counts(mt::tracked(census));
  CHECK_THROWS_WITH(pool.spawn_owned(std::move(given)), mt::contains("shut down"));
  CHECK_FALSE(given);
  CHECK(census.ever() > 0);
  CHECK(census.alive() == 0);
  CHECK(runs == 0);
}

TEST_CASE("what a draining pool runs may still spawn, join and await on it") {
  const std::size_t workers = GENERATE(0u, 1u, 2u);
  CAPTURE(workers);
  std::atomic<int> runs{0};
  struct chain {
    static void next(std::atomic<int>& runs, int left) {
      ++runs;
      if (left > 0) static_cast<void>(mp::spawn_owned([&runs, left] { next(runs, left - 1); }));
    }
  };
  mp::thread_pool pool({.num_threads = workers});
  static_cast<void>(pool.spawn_owned([&] { chain::next(runs, 1000); }));
  auto joins = pool.spawn_owned([&] {
    mp::join([&] { ++runs; }, [&] { ++runs; });
    return mp::spawn_owned([] { return 1; }).join();
  });
  auto awaits = pool.spawn_owned([]() -> mp::task<int> {
    co_await mp::yield();
    co_return co_await mp::spawn_owned([] { return 2; });
  });
  pool.shutdown();
  CHECK(runs == 1003);
  CHECK(joins.join() == 1);
  CHECK(awaits.join() == 2);
}

TEST_CASE("a pool drains while other threads join its tasks") {
  const std::size_t workers = GENERATE(0u, 1u, 2u);
  CAPTURE(workers);
  for (int round = 0; round < 100; ++round) {
    mp::thread_pool pool({.num_threads = workers});
    std::vector<mp::owned_task<int>> tasks;
    for (int i = 0; i < 20; ++i) {
      tasks.push_back(pool.spawn_owned([]() -> mp::task<int> {
        co_await mp::yield();
        co_return 1;
      }));
    }
    std::atomic<int> sum{0};
    mt::countdown together(2);
    std::thread joiner([&] {
      together.arrive_and_wait();
      for (auto& t : tasks) sum += t.join();
    });
    together.arrive_and_wait();
    pool.shutdown();
    joiner.join();
    REQUIRE(sum == 20);
  }
}

TEST_CASE("the end of a pool waits for a task that has suspended") {
  const auto how = GENERATE(mp::shutdown::drain, mp::shutdown::cancel_queued);
  mp::thread_pool pool({.num_threads = 1});
  mt::event e;
  auto t = pool.spawn_owned([&]() -> mp::task<int> {
    co_await e;
    co_return 1;
  });
  e.wait_for_waiter();
  std::thread firing([&] { e.fire(); });
  pool.shutdown(how);
  CHECK(t.complete());
  firing.join();
  CHECK(t.join() == 1);
}

TEST_CASE("a background task cannot shut its own pool down and is told so") {
  const std::size_t workers = GENERATE(0u, 1u);
  mp::thread_pool pool({.num_threads = workers});
  auto text = pool.spawn_owned([&]() -> std::string {
    try {
      pool.shutdown();
    } catch (const std::logic_error& e) {
      return e.what();
    }
    return "nothing was thrown";
  });
  const auto shared = pool.spawn_shared([&] {
    try {
      pool.shutdown(mp::shutdown::cancel_queued);
    } catch (const std::logic_error&) {
      return true;
    }
    return false;
  });
  pool.shutdown();
  CHECK(shared.join());
  CHECK_THAT(text.join(), mt::contains("call it outside"));
}

TEST_CASE("a pool destroyed by its own background task says so and ends the process") {
  for (const char* name : {"child: a background task destroys its pool",
                           "child: a background task that a caller runs destroys its pool"}) {
    const auto child = mt::run_as_child(name);
    CHECK(child.aborted());
    CHECK_THAT(child.output, mt::contains("~thread_pool"));
  }
}

TEST_CASE("child: a background task destroys its pool", "[.child]") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 1});
  const auto t = pool->spawn_owned([&] { pool.reset(); });
  mt::watch_until_ended(t);
}

TEST_CASE("child: a background task that a caller runs destroys its pool", "[.child]") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 0});
  pool->spawn_owned([&] { pool.reset(); }).join();
}
