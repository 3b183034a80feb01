// SPDX-License-Identifier: MIT OR Apache-2.0
// Loops that did not end as a serial one would have:
// - an exception in a consumer that any answer ends (any(), eq()) left out lower indices as an
// answer does,
//   so which of two exceptions came out was a matter of timing;
// - sum<int>() of doubles was put together in any tree, though every addition truncates;
// - the helpers of a background loop were cancelled by shutdown(cancel_queued), and the loop threw
//   task_cancelled after it had done all its work, and was gone while another helper still ran.
#include "catch.hpp"
#include "gate.hpp"

#include <micropool/micropool.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace mp = micropool;
using micropool_test::gate;

TEST_CASE("of two exceptions in any() the one with the lower index comes out, whichever is first") {
  mp::thread_pool pool({.num_threads = 1});
  for (int round = 0; round < 50; ++round) {
    gate thrown;
    const auto predicate = [&](int i) -> bool {
      if (i == 0) thrown.pass();
      if (i == 0) return false;
      if (i >= 2) thrown.open();
      throw std::runtime_error(std::to_string(i));
    };
    std::string message;
    try {
      pool.install([&] { mp::par_range(4).with(mp::split_per_item()).any(predicate); });
    } catch (const std::runtime_error& e) {
      message = e.what();
    }
    REQUIRE(message == "1");
  }
}

TEST_CASE("a sum of integers made of fractions is the same in every run") {
  mp::thread_pool pool({.num_threads = 3});
  const auto sum = [&] {
    return pool.install([] {
      return mp::par_range(200'000).map([](int i) { return i % 3 == 0 ? 1.0 : -0.4; }).sum<int>();
    });
  };
  std::set<int> sums;
  for (int round = 0; round < 50; ++round) sums.insert(sum());
  REQUIRE(sums.size() == 1);
}

TEST_CASE("a sum whose parts would overflow is what the whole is") {
  mp::thread_pool pool({.num_threads = 1});
  constexpr int large = 2'000'000'000;
  const int sum = pool.install([] {
    return mp::par_range(1'000'000).map([](int i) { return i % 2 == 0 ? large : -large; }).sum();
  });
  REQUIRE(sum == 0);
}

TEST_CASE("a background loop whose helpers are cancelled by a shutdown ends as if it had none") {
  for (int round = 0; round < 20; ++round) {
    mp::thread_pool pool({.num_threads = 1});
    gate inside, go_on;
    std::atomic<int> ran{0};
    auto task = pool.spawn_owned([&] {
      mp::par_range(4).with(mp::split_per_item()).background().for_each([&](int) {
        inside.open();
        go_on.pass();
        ++ran;
      });
    });
    inside.pass();
    std::thread stopper([&] { pool.shutdown(mp::shutdown::cancel_queued); });
    // The shutdown cancels the helper as soon as it has begun; nothing tells when.
    while (pool.stats().tasks_ended == 0) std::this_thread::yield();
    go_on.open();
    task.join();
    stopper.join();
    REQUIRE(ran == 4);
  }
}

TEST_CASE("helpers of a background loop have ended when it has, also while the pool shuts down") {
  for (int round = 0; round < 20; ++round) {
    mp::thread_pool pool({.num_threads = 4});
    gate begun;
    auto task = pool.spawn_owned([&] {
      begun.open();
      for (int k = 0; k < 50; ++k) {
        std::array<std::atomic<int>, 16> ran{};
        mp::par_range(16).with(mp::split_per_item()).background().for_each([&ran](std::size_t i) {
          std::this_thread::yield();
          ++ran[i];
        });
        for (auto& r : ran) {
          if (r != 1) throw std::logic_error("an item was left out, or ran twice");
        }
      }
    });
    begun.pass();
    pool.shutdown(mp::shutdown::cancel_queued);
    REQUIRE_NOTHROW(task.join());
  }
}
