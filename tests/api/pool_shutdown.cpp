// SPDX-License-Identifier: MIT OR Apache-2.0
// The end of a pool, by destruction and by shutdown.
#include "catch.hpp"
#include "child_process.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/build_config.hpp>
#include <micropool/micropool.hpp>

#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// The text of the pool_stopped that f throws, or what happened instead.
template <class F>
std::string pool_stopped_text(F&& f) {
  try {
    f();
  } catch (const mp::pool_stopped& e) {
    return e.what();
  }
  return "nothing was thrown";
}

mp::task<int> value(int n) { co_return n; }

}  // namespace

TEST_CASE("every call on a pool that has shut down throws pool_stopped") {
  const std::size_t workers = GENERATE(0u, 1u, 4u);
  const auto how = GENERATE(mp::shutdown::drain, mp::shutdown::cancel_queued);
  CAPTURE(workers);
  mp::thread_pool pool({.num_threads = workers});
  pool.join([] {}, [] {});
  pool.shutdown(how);
  int runs = 0;
  const auto count = [&] { ++runs; };
  const auto count_task = [&]() -> mp::task<> {
    ++runs;
    co_return;
  };
  mp::thread_pool alive({.num_threads = 1});
  std::vector<std::string> texts;
  const auto expect_stopped = [&](auto f) { texts.push_back(pool_stopped_text(f)); };
  expect_stopped([&] { pool.install(count); });
  expect_stopped([&] { pool.join(count, count); });
  expect_stopped([&] {
    std::vector<std::function<void()>> range(3, count);
    pool.join_all(range);
  });
  expect_stopped([&] { pool.scope([&](mp::scope_ref s) { s.fork(count); }); });
  expect_stopped([&] { pool.sync_wait(count_task()); });
  expect_stopped([&] { pool.sync_wait(count_task); });
  expect_stopped([&] { alive.sync_wait(pool.join(count_task(), count)); });
  expect_stopped([&] {
    alive.sync_wait(pool.scope([&](mp::scope_ref s) -> mp::task<> {
      s.fork(count);
      co_return;
    }));
  });
  expect_stopped([&] { alive.sync_wait([&]() -> mp::task<> { co_await mp::resume_on(pool); }); });
  for (const auto& text : texts) CHECK_THAT(text, mt::contains("shut down"));
  CHECK(runs == 0);
  CHECK(alive.join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2));
}

TEST_CASE("a pool that has shut down still answers what it was") {
  mp::thread_pool pool({.num_threads = 3});
  mt::meet_all_workers(pool);
  const auto before = pool.stats().total().jobs_run;
  pool.shutdown();
  CHECK(pool.num_threads() == 3);
  CHECK(pool.stats().participants.size() >= 3);
  CHECK(pool.stats().total().jobs_run >= before);
}

TEST_CASE("shutdown ends the workers and doing it again does nothing") {
  std::atomic<int> exits{0};
  {
    mp::thread_pool pool({.num_threads = 3, .on_thread_exit = [&](std::size_t) { ++exits; }});
    CHECK(exits == 0);
    pool.shutdown();
    CHECK(exits == 3);
    pool.shutdown();
    pool.shutdown(mp::shutdown::cancel_queued);
  }
  CHECK(exits == 3);
}

TEST_CASE("shutdown may be called by several threads at once and each returns after the end") {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> exits{0};
    std::atomic<int> early{0};
    mp::thread_pool pool({.num_threads = 2, .on_thread_exit = [&](std::size_t) { ++exits; }});
    std::vector<std::thread> callers;
    mt::countdown together(3);
    for (int i = 0; i < 3; ++i) {
      callers.emplace_back([&] {
        together.arrive_and_wait();
        pool.shutdown();
        if (exits != 2) ++early;
      });
    }
    for (auto& t : callers) t.join();
    REQUIRE(early == 0);
  }
}

TEST_CASE("a worker cannot shut its own pool down and is told so") {
  mp::thread_pool pool({.num_threads = 1});
  std::string text;
  mt::gate ended;
  pool.join([&] { ended.wait_for_arrivals(1); },
            [&] {
              try {
                pool.shutdown();
              } catch (const std::logic_error& e) {
                text = e.what();
              }
              ended.open();
              ended.pass();
            });
  CHECK_THAT(text, mt::contains("shutdown"));
  CHECK_THAT(text, mt::contains("own workers"));
  CHECK_THAT(text, mt::contains("call it outside"));
  CHECK(pool.join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2));
}

TEST_CASE("a thread inside a call cannot shut that pool down and is told so") {
  const std::size_t workers = GENERATE(0u, 2u);
  mp::thread_pool pool({.num_threads = workers});
  mp::thread_pool between({.num_threads = 1});
  const auto text_of_shutdown = [&]() -> std::string {
    try {
      pool.shutdown();
    } catch (const std::logic_error& e) {
      return e.what();
    }
    return "nothing was thrown";
  };
  const auto at_once = pool.join(text_of_shutdown, [] { return 0; });
  CHECK_THAT(std::get<0>(at_once), mt::contains("shutdown"));
  CHECK_THAT(std::get<0>(at_once), mt::contains("inside"));
  // Also where another pool's call lies in between.
  const auto text = pool.scope(
      [&](mp::scope_ref) { return std::get<0>(between.join(text_of_shutdown, [] { return 0; })); });
  CHECK_THAT(text, mt::contains("inside"));
  CHECK(pool.join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2));
  // install() opens no call.
  pool.install([&] { pool.shutdown(); });
  CHECK_THROWS_AS(pool.join([] {}, [] {}), mp::pool_stopped);
}

TEST_CASE("a pool destroyed from inside a call on it says so and ends the process") {
  const auto child = mt::run_as_child("child: a caller destroys its pool");
  CHECK(child.aborted());
  CHECK_THAT(child.output, mt::contains("~thread_pool"));
  CHECK_THAT(child.output, mt::contains("inside a call"));
}

TEST_CASE("child: a caller destroys its pool", "[.child]") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 0});
  pool->join([&] { pool.reset(); }, [] {});
}

TEST_CASE("a worker may make, use, shut down and destroy another pool") {
  mt::place here({2, mt::caller::worker});
  const int sum = here.run([] {
    int n = 0;
    for (int i = 0; i < 10; ++i) {
      mp::thread_pool inner({.num_threads = 1});
      n += std::get<1>(inner.join([] { return 0; }, [] { return 1; }));
      if (i % 2 == 0) inner.shutdown();
    }
    return n;
  });
  CHECK(sum == 10);
}

TEST_CASE("a pool destroyed by its own worker says so and ends the process") {
  const auto child = mt::run_as_child("child: a worker destroys its pool");
  CHECK(child.aborted());
  CHECK_THAT(child.output, mt::contains("~thread_pool"));
  CHECK_THAT(child.output, mt::contains("destroyed by one of its own workers"));
}

TEST_CASE("child: a worker destroys its pool", "[.child]") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 1});
  mt::gate never_opened;
  pool->join([&] { never_opened.pass(); }, [&] { pool.reset(); });
}

#if MICROPOOL_DEBUG_CHECKS
TEST_CASE("a pool that ends under a blocked caller is reported where debug checks are on") {
  const auto child = mt::run_as_child("child: destroys a pool with a blocked caller");
  CHECK(child.aborted());
  CHECK_THAT(child.output, mt::contains("broken rule"));
  CHECK_THAT(child.output, mt::contains("let every call on a thread_pool return"));
}

TEST_CASE("child: destroys a pool with a blocked caller", "[.child]") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 1});
  mt::gate never_opened;
  std::thread caller([&] { pool->join([&] { never_opened.pass(); }, [] {}); });
  never_opened.wait_for_arrivals(1);
  pool.reset();
  caller.join();
}
#endif

TEST_CASE("pools may come and go in great numbers and from many threads") {
  std::atomic<int> sum{0};
  std::vector<std::thread> makers;
  for (int t = 0; t < 3; ++t) {
    makers.emplace_back([&] {
      for (std::size_t i = 0; i < 60; ++i) {
        mp::thread_pool pool({.num_threads = i % 4});
        const auto [a, b] = pool.sync_wait(mp::join(value(1), value(2)));
        sum += a + b;
      }
    });
  }
  for (auto& t : makers) t.join();
  CHECK(sum == 3 * 60 * 3);
}

TEST_CASE("a pool may be destroyed on another thread than it was made on") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 2});
  pool->join([] {}, [] {});
  std::thread([moved = std::move(pool)]() mutable { moved.reset(); }).join();
  mp::thread_pool next({.num_threads = 1});
  CHECK(next.join([] { return 1; }, [] { return 2; }) == std::tuple(1, 2));
}
