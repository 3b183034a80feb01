// SPDX-License-Identifier: MIT OR Apache-2.0
// The end of a pool, by destruction and by shutdown.
#include "catch.hpp"
#include "child_process.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/build_config.hpp>
#include <micropool/micropool.hpp>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;
using namespace std::chrono_literals;

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
  CHECK_THAT(child.output, mt::contains("called by one of the pool's own workers"));
}

TEST_CASE("child: a worker destroys its pool", "[.child]") {
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = 1});
  mt::gate never_opened;
  pool->join([&] { never_opened.pass(); }, [&] { pool.reset(); });
}

TEST_CASE("a pool that is destroyed or shut down beside a call under way waits for its end") {
  const std::size_t workers = GENERATE(0u, 1u);
  const bool destroyed = GENERATE(false, true);
  CAPTURE(workers, destroyed);
  auto pool = std::make_unique<mp::thread_pool>(mp::pool_options{.num_threads = workers});
  mt::gate held;
  std::atomic<bool> returned{false};
  std::atomic<int> early{0};
  std::thread caller([&] {
    pool->join(
        [&] {
          held.pass();
          early += returned;
        },
        [] {});
  });
  held.wait_for_arrivals(1);
  mp::thread_pool& shared = *pool;
  std::thread ends([&] {
    if (destroyed) {
      pool.reset();
    } else {
      pool->shutdown();
    }
    returned = true;
  });
  if (!destroyed) {
    const auto refused = [&] {
      try {
        shared.join([] {}, [] {});
      } catch (const mp::pool_stopped&) {
        return true;
      }
      return false;
    };
    while (!refused()) std::this_thread::yield();
  }
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  CHECK_FALSE(returned);
  held.open();
  caller.join();
  ends.join();
  CHECK(early == 0);
}

TEST_CASE("a shutdown that takes longer than its notice says what it waits for") {
  const auto child = mt::run_as_child("child: waits for a held call and a running task and two suspended ones");
  CHECK(child.exit_code == 0);
  CHECK_THAT(child.output, mt::contains("shutdown() of the pool \"physics\" has waited for"));
  CHECK_THAT(child.output, mt::contains("1 call of another thread has not returned"));
  CHECK_THAT(child.output, mt::contains("3 tasks are suspended or running, spawned at"));
  CHECK_THAT(child.output, mt::contains("names all places"));
  CHECK_THAT(child.output, mt::contains("it returns when this has ended"));
  CHECK_THAT(child.output, mt::contains("lines: 1"));
}

TEST_CASE("child: waits for a held call and a running task and two suspended ones", "[.child]") {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  REQUIRE(::dup2(pipe[1], STDERR_FILENO) == STDERR_FILENO);
  mp::thread_pool pool({.num_threads = 1, .thread_name = "physics", .shutdown_notice = 1ms});
  mt::event first;
  mt::event second;
  const auto waits = [](mt::event& e) -> mp::task<> { co_await e; };
  const int line_of_first = __LINE__ + 1;
  auto a = pool.spawn_owned(waits(first));
  const auto place_of_second = std::source_location::current();
  const auto b = pool.spawn_shared(waits(second), place_of_second);
  first.wait_for_waiter();
  second.wait_for_waiter();
  mt::gate held;
  const int line_of_third = __LINE__ + 1;
  auto c = pool.spawn_owned([&] { held.pass(); });
  held.wait_for_arrivals(1);
  std::thread caller([&] { pool.join([&] { held.pass(); }, [] {}); });
  held.wait_for_arrivals(2);
  std::thread ends([&] { pool.shutdown(); });
  // The line comes in one piece.
  std::array<char, 4096> text{};
  const auto size = ::read(pipe[0], text.data(), text.size());
  REQUIRE(size > 0);
  const std::string line(text.data(), static_cast<std::size_t>(size));
  std::printf("%s", line.c_str());
  const auto names = [&](auto number) {
    return line.find("pool_shutdown.cpp:" + std::to_string(number)) != std::string::npos;
  };
  if (names(line_of_first) && names(place_of_second.line()) && names(line_of_third)) {
    std::puts("names all places");
  }
  held.open();
  first.fire();
  second.fire();
  ends.join();
  caller.join();
  a.join();
  b.join();
  c.join();
  std::printf("lines: %zu\n", static_cast<std::size_t>(std::count(line.begin(), line.end(), '\n')));
}

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
