// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 8: exceptions are ordinary, in any branch, at any depth, on any thread.
#include "place.hpp"
#include "tracked.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <atomic>

namespace mp = micropool;
using micropool_test::census;
using micropool_test::every_setting;
using micropool_test::numbered_error;
using micropool_test::place;
using micropool_test::setting;
using micropool_test::thrown_by;
using micropool_test::tracked;

namespace {

struct tree_of_throws {
  census& lives;
  std::atomic<int> ended{0};
  unsigned throwing;  // bit i: leaf i throws error i

  void leaf(int i) {
    const tracked t(lives);
    ++ended;
    if ((throwing >> i & 1) != 0) throw numbered_error(i, lives);
  }
  // Leaves first .. first + 2^depth - 1.
  void blocking(int first, int depth) {
    const tracked t(lives);
    if (depth == 0) return leaf(first);
    const int half = 1 << (depth - 1);
    mp::join([&] { blocking(first, depth - 1); }, [&] { blocking(first + half, depth - 1); });
  }
  mp::task<> awaited(int first, int depth) {
    const tracked t(lives);
    if (depth == 0) {
      leaf(first);
      co_return;
    }
    const int half = 1 << (depth - 1);
    co_await mp::join(awaited(first, depth - 1), awaited(first + half, depth - 1));
  }
};

constexpr int depth = 4;
constexpr int leaves = 1 << depth;

int lowest(unsigned bits) {
  for (int i = 0; i < leaves; ++i) {
    if ((bits >> i & 1) != 0) return i;
  }
  return -1;
}

}  // namespace

TEST_CASE(
    "promise 8: whichever leaves throw, all leaves run and the lowest one's exception arrives") {
  const setting s = GENERATE(from_range(every_setting()));
  INFO(s);
  place here(s);
  census lives;
  for (unsigned bits = 0; bits < (1u << leaves); bits = bits * 3 + 1) {
    tree_of_throws by_call{lives, 0, bits};
    REQUIRE(thrown_by([&] {
              here.run([&] { by_call.blocking(0, depth); });
              return 0;
            }) == lowest(bits));
    REQUIRE(by_call.ended == leaves);
    tree_of_throws by_await{lives, 0, bits};
    REQUIRE(thrown_by([&] {
              here.run([&] { mp::sync_wait(by_await.awaited(0, depth)); });
              return 0;
            }) == lowest(bits));
    REQUIRE(by_await.ended == leaves);
  }
  REQUIRE(lives.alive() == 0);
  micropool_test::meet_all_workers(here.pool);
}

TEST_CASE("promise 8: of a scope's children that throw on any thread the lowest number arrives") {
  mp::thread_pool pool({.num_threads = 3});
  census lives;
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> ended{0};
    REQUIRE(thrown_by([&] {
              pool.scope([&](mp::scope_ref s) {
                for (int i = 0; i < 40; ++i) {
                  s.fork([&, i] {
                    ++ended;
                    if (i >= 7) throw numbered_error(i, lives);
                  });
                }
              });
              return 0;
            }) == 7);
    REQUIRE(ended == 40);
  }
  REQUIRE(lives.alive() == 0);
  micropool_test::meet_all_workers(pool);
}

TEST_CASE("promise 8: a join inside a destructor that runs during unwinding works") {
  struct joins_at_end {
    int& sum;
    ~joins_at_end() {
      auto [a, b] = mp::join([] { return 1; }, [] { return 2; });
      sum = a + b;
    }
  };
  mp::thread_pool pool({.num_threads = 1});
  int sum = 0;
  REQUIRE(thrown_by([&] {
            return pool.install([&]() -> int {
              const joins_at_end at_end{sum};
              throw numbered_error(5);
            });
          }) == 5);
  REQUIRE(sum == 3);
}
