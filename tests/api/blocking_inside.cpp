// SPDX-License-Identifier: MIT OR Apache-2.0
// sync_wait, and blocking calls inside tasks and branches.
#include "catch.hpp"
#include "foreign.hpp"
#include "place.hpp"
#include "tracked.hpp"

#include <micropool/micropool.hpp>

#include <thread>
#include <tuple>
#include <utility>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

mp::task<int> value(int n) { co_return n; }

// Every level blocks inside a task that the level above waits for.
int sandwich(int depth) {
  if (depth == 0) return 1;
  const auto awaited = [&]() -> mp::task<int> {
    auto [a, b] = co_await mp::join([&] { return sandwich(depth - 1); }, value(0));
    co_return a + b;
  };
  auto [a, b] = mp::join([&] { return mp::sync_wait(awaited()); }, [] { return 1; });
  return a + b;
}

}  // namespace

TEST_CASE("sync_wait takes a task or a callable that makes one or any awaitable") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto all = here.run([] {
    mt::not_suspended lvalue{5};
    const auto callable = [n = 2] { return value(n); };
    return std::tuple(mp::sync_wait(value(1)), mp::sync_wait(callable),
                      mp::sync_wait([] { return mt::always_ready{3}; }),
                      mp::sync_wait(mt::inline_resume{4}), mp::sync_wait(lvalue));
  });
  CHECK(all == std::tuple(1, 2, 3, 4, 5));
}

TEST_CASE("sync_wait starts the coroutine on the calling thread") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const bool same = here.run([] {
    const auto where_am_i = []() -> mp::task<std::thread::id> {
      co_return std::this_thread::get_id();
    };
    return mp::sync_wait(where_am_i) == std::this_thread::get_id();
  });
  CHECK(same);
}

TEST_CASE("sync_wait inside a task blocks that thread and returns the result") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const int sum = here.run([] {
    const auto outer = []() -> mp::task<int> {
      const auto pair = mp::sync_wait(mp::join(value(1), value(2)));
      co_return std::get<0>(pair) + std::get<1>(pair) + mp::sync_wait(value(4));
    };
    return mp::sync_wait(outer);
  });
  CHECK(sum == 7);
}

TEST_CASE("blocking and awaiting calls may alternate to any depth") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  CHECK(here.run([] { return sandwich(40); }) == 41);
}

TEST_CASE("a task goes on as before after a blocking call inside it") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  mt::foreign_thread elsewhere;
  const auto results = here.run([&] {
    const auto leaf = [&](int n) -> mp::task<int> {
      // Suspends at a leaf, blocks, suspends again.
      int sum = co_await elsewhere.resume_here(n);
      sum += std::get<0>(
          mp::join([&] { return mp::sync_wait(elsewhere.resume_here(1)); }, [] { return 0; }));
      sum += co_await elsewhere.resume_here(1);
      co_return sum;
    };
    const auto tree = [&](auto& self, int depth) -> mp::task<int> {
      if (depth == 0) co_return co_await leaf(1);
      auto [a, b] = co_await mp::join(self(self, depth - 1), self(self, depth - 1));
      co_return a + b;
    };
    return mp::sync_wait(tree(tree, 5));
  });
  CHECK(results == 32 * 3);
}

TEST_CASE("what sync_wait waits for may throw") {
  const auto where = GENERATE(from_range(mt::every_setting()));
  CAPTURE(where);
  mt::place here(where);
  const auto numbers = here.run([] {
    const auto fails = [](int n) -> mp::task<int> {
      if (n > 0) throw mt::numbered_error(n);
      co_return n;
    };
    const int direct = mt::thrown_by([&] { return mp::sync_wait(fails(1)); });
    const int made = mt::thrown_by([&] { return mp::sync_wait([&] { return fails(2); }); });
    const int making = mt::thrown_by(
        [&] { return mp::sync_wait([]() -> mp::task<int> { throw mt::numbered_error(3); }); });
    return std::tuple(direct, made, making);
  });
  CHECK(numbers == std::tuple(1, 2, 3));
}
