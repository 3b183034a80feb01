// SPDX-License-Identifier: MIT OR Apache-2.0
// An exception that no handle can observe any more goes to on_unhandled_exception, once.
#include "catch.hpp"
#include "child_process.hpp"
#include "ended.hpp"
#include "gate.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

// A pool that hands its unhandled exceptions to the test.
struct reporting_pool {
  explicit reporting_pool(std::size_t workers) {
    pool.emplace(
        mp::pool_options{.num_threads = workers, .on_unhandled_exception = unhandled.handler()});
  }
  mt::unhandled_errors unhandled;
  std::optional<mp::thread_pool> pool;
};

// Two that fail, a callable and a coroutine; each exception is counted while it lives.
auto callable_that_fails(int n, mt::census& c) {
  return [n, &c]() -> int { throw mt::numbered_error(n, c); };
}
mp::task<int> task_that_fails(int n, mt::census& c) {
  if (n >= 0) throw mt::numbered_error(n, c);
  co_return n;
}

}  // namespace

TEST_CASE("the exception of a task that was dropped before it ran is reported once") {
  const std::size_t workers = GENERATE(0u, 1u, 4u);
  CAPTURE(workers);
  mt::census census;
  reporting_pool p(workers);
  static_cast<void>(p.pool->spawn_owned(callable_that_fails(1, census)));
  static_cast<void>(p.pool->spawn_shared(task_that_fails(1, census)));
  p.pool->shutdown();
  CHECK(p.unhandled.numbers() == std::vector{1, 1});
  CHECK(census.alive() == 0);
}

TEST_CASE("the exception of a task that was dropped while it ran is reported when it ends") {
  mt::census census;
  mt::gate gate;
  reporting_pool p(1);
  {
    const auto t = p.pool->spawn_owned([&]() -> int {
      gate.pass();
      throw mt::numbered_error(2, census);
    });
    gate.wait_for_arrivals(1);
  }
  CHECK(p.unhandled.numbers().empty());
  gate.open();
  p.pool->shutdown();
  CHECK(p.unhandled.numbers() == std::vector{2});
  CHECK(census.alive() == 0);
}

TEST_CASE("the exception of a task that was dropped after its end is reported by the drop") {
  mt::census census;
  // Run by this thread: a worker would let go of the task a moment after its end.
  reporting_pool p(0);
  auto owned = p.pool->spawn_owned(task_that_fails(3, census));
  mt::until_ended(owned);
  auto shared = p.pool->spawn_shared(callable_that_fails(4, census));
  auto copy = shared;
  mt::until_ended(shared);
  CHECK(p.unhandled.numbers().empty());
  owned = {};
  CHECK(p.unhandled.numbers() == std::vector{3});
  shared = {};
  CHECK(p.unhandled.numbers() == std::vector{3});
  copy = {};
  CHECK(p.unhandled.numbers() == std::vector{3, 4});
  CHECK(census.alive() == 0);
}

TEST_CASE("giving up a task that has failed reports its exception") {
  mt::census census;
  reporting_pool p(0);
  auto t = p.pool->spawn_owned(callable_that_fails(5, census));
  mt::until_ended(t);
  CHECK_FALSE(t.cancel());
  CHECK(p.unhandled.numbers() == std::vector{5});
  CHECK(census.alive() == 0);
}

TEST_CASE("a handle that outlives its pool reports the exception to it all the same") {
  mt::census census;
  reporting_pool p(1);
  auto t = p.pool->spawn_owned(callable_that_fails(6, census));
  p.pool.reset();
  CHECK(p.unhandled.numbers().empty());
  t = {};
  CHECK(p.unhandled.numbers() == std::vector{6});
  CHECK(census.alive() == 0);
}

TEST_CASE("draining a pool without workers reports what its tasks throw") {
  mt::census census;
  reporting_pool p(0);
  for (int i = 0; i < 10; ++i)
    static_cast<void>(p.pool->spawn_owned(callable_that_fails(i, census)));
  CHECK(p.unhandled.numbers().empty());
  p.pool.reset();
  CHECK(p.unhandled.numbers().size() == 10);
  CHECK(census.alive() == 0);
}

TEST_CASE("an exception that was rethrown to a caller is not reported") {
  const std::size_t workers = GENERATE(0u, 1u, 4u);
  CAPTURE(workers);
  mt::census census;
  reporting_pool p(workers);
  auto& pool = *p.pool;
  std::vector<int> got;
  got.push_back(
      mt::thrown_by([&] { return pool.spawn_owned(callable_that_fails(1, census)).join(); }));
  got.push_back(
      mt::thrown_by([&] { return pool.sync_wait(pool.spawn_owned(task_that_fails(2, census))); }));
  auto tried = pool.spawn_owned(callable_that_fails(3, census));
  mt::until_ended(tried);
  got.push_back(mt::thrown_by([&] { return tried.try_join(); }));
  {
    const auto shared = pool.spawn_shared(task_that_fails(4, census));
    const auto never_joined = shared;
    got.push_back(mt::thrown_by([&] { return shared.join(); }));
  }
  p.pool.reset();
  CHECK(got == std::vector{1, 2, 3, 4});
  CHECK(p.unhandled.numbers().empty());
  CHECK(census.alive() == 0);
}

TEST_CASE("neither success nor cancellation is reported") {
  reporting_pool p(0);
  static_cast<void>(p.pool->spawn_owned([] { return 1; }));
  auto cancelled = p.pool->spawn_owned([]() -> int { throw mt::numbered_error(1); });
  CHECK(cancelled.cancel());
  auto queued = p.pool->spawn_owned([]() -> int { throw mt::numbered_error(2); });
  p.pool->shutdown(mp::shutdown::cancel_queued);
  p.pool.reset();
  queued = {};
  CHECK(p.unhandled.numbers().empty());
}

TEST_CASE("without a handler an unobserved exception is printed and ends the process") {
  const auto known = mt::run_as_child("child: drops a task that throws a known exception");
  CHECK(known.aborted());
  CHECK_THAT(known.output,
             mt::contains("std::runtime_error: the text of the exception"));
  const auto unknown = mt::run_as_child("child: drops a task that throws a number");
  CHECK(unknown.aborted());
  CHECK_THAT(unknown.output, mt::contains("an exception of the type int"));
}

TEST_CASE("child: drops a task that throws a known exception", "[.child]") {
  mp::thread_pool pool({.num_threads = 1});
  static_cast<void>(
      pool.spawn_owned([] { throw std::runtime_error("the text of the exception"); }));
}

TEST_CASE("child: drops a task that throws a number", "[.child]") {
  mp::thread_pool pool({.num_threads = 0});
  static_cast<void>(pool.spawn_owned([] { throw 42; }));
}
