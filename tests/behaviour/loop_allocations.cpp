// SPDX-License-Identifier: MIT OR Apache-2.0
// Promise 9 for loops, counted: once warm they allocate nothing but what they collect.
#include "background.hpp"
#include "catch.hpp"
#include "gate.hpp"
#include "warm.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
using micropool_test::allocations_of_warm;
using micropool_test::countdown;

namespace {

bool is_even(int i) { return i % 2 == 0; }

mp::task<> suspended(std::atomic<int>& calls) {
  co_await mp::yield();
  ++calls;
}

// Two items, of which the caller runs one and a helper the other.
auto two_items() { return mp::par_range(2).with(mp::split_per_item()); }

// The helper takes from its thread's blocks what the caller gives back to its own, or the other way
// round, as it happens. So at first blocks come from the heap: until each of the two may have two
// lists of each size, of 16 KiB or eight blocks, which are less than 2100 blocks altogether.
constexpr int many_times = 6000;
constexpr std::uint64_t kept_by_two_threads = 2400;

template <class F>
std::uint64_t allocations_with_a_helper(F&& loop) {
  mp::thread_pool pool({.num_threads = 1});
  return pool.install([&] { return allocations_of_warm(loop, 1, many_times); });
}

enum class late { caller, worker };

// Items of a loop on a pool with one worker. The participant that is late is held in an item of its
// own until the other has run most of the loop, and comes back to little that is left.
class items_with_one_late {
public:
  static constexpr int count = 400;

  explicit items_with_one_late(late who) : who_(who) {}

  double operator()(int i) {
    const bool is_caller = std::this_thread::get_id() == caller_;
    if (is_caller && begun_alone_++ < 8) {
      // So long that a loop which begins alone asks for help.
      for (int k = 0; k < 100; ++k) std::this_thread::yield();
      return 1.0 / (1 + i);
    }
    if (is_caller == (who_ == late::caller)) {
      if (!held_.exchange(true)) wait_until([&] { return ran_ >= count / 4; });
    } else {
      wait_until([&] { return held_.load(); });
      held_ = true;
      ++ran_;
    }
    return 1.0 / (1 + i);
  }

private:
  // On a busy machine the other thread may come when there is nothing left for it, so no longer than
  // a second.
  template <class F>
  static void wait_until(F holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (!holds() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }

  const late who_;
  const std::thread::id caller_ = std::this_thread::get_id();
  int begun_alone_ = 0;  // the caller's
  std::atomic<bool> held_{false};
  std::atomic<int> ran_{0};
};

// What a loop allocates when help comes, after it has run three times without. loop(item) runs it.
template <class Loop>
std::uint64_t allocations_of_first_help(Loop&& loop) {
  mp::thread_pool pool({.num_threads = 1});
  {
    const micropool_test::held_workers held(pool);
    for (int i = 0; i < 3; ++i) {
      pool.install([&] { loop([](int k) { return 1.0 / (1 + k); }); });
    }
  }
  std::uint64_t allocations = 0;
  for (int i = 0; i < 20; ++i) {
    items_with_one_late items(i % 2 == 0 ? late::caller : late::worker);
    const micropool_test::allocation_count during;
    pool.install([&] { loop(std::ref(items)); });
    allocations += during.so_far();
  }
  return allocations;
}

}  // namespace

TEST_CASE("promise 9: no loop allocates when its caller does everything") {
  mp::thread_pool pool({.num_threads = 0});
  pool.install([] {
    std::vector<double> v(10'000, 0.5);
    double sum = 0;
    std::atomic<int> calls{0};
    const auto count = [&](int) { ++calls; };
    const auto await = [&](int) { return suspended(calls); };
    const auto range = [] { return mp::par_range(1000); };
    for (const mp::split& s : {mp::split_auto(), mp::split_by_threads(), mp::split_by(3),
                               mp::split_per(70), mp::split_per_item()}) {
      CHECK(allocations_of_warm([&] { range().with(s).for_each(count); }) == 0);
      CHECK(allocations_of_warm([&] { sum += mp::par_iter(v).with(s).sum(); }) == 0);
      CHECK(allocations_of_warm([&] { calls += range().with(s).filter(is_even).sum(); }) == 0);
      CHECK(allocations_of_warm([&] { calls += *range().with(s).max(); }) == 0);
      CHECK(allocations_of_warm([&] {
              calls += *range().with(s).find_first([](int i) { return i > 500; });
            }) == 0);
      CHECK(allocations_of_warm([&] { range().with(s).background().for_each(count); }) == 0);
      CHECK(allocations_of_warm([&] { mp::sync_wait(range().with(s).async().for_each(count)); }) ==
            0);
      CHECK(allocations_of_warm([&] { mp::sync_wait(range().with(s).for_each(await)); }) == 0);
      CHECK(allocations_of_warm([&] {
              mp::sync_wait(range().with(s).filter(is_even).for_each(await));
            }) == 0);
    }
    CHECK(allocations_of_warm([&] {
            range().take(10).for_each([&](int) { range().take(10).for_each(count); });
          }) == 0);
    std::stop_source stop;
    CHECK(allocations_of_warm([&] { range().stop_on(stop.get_token()).for_each(count); }) == 0);
    CHECK(sum > 0);
  });
}

TEST_CASE("promise 9: a loop that has run alone allocates nothing when help comes, early or late") {
  constexpr int n = items_with_one_late::count;
  std::atomic<double> result{0};
  std::vector<double> v(n);
  for (const mp::split& s : {mp::split_auto(), mp::split_by_threads(), mp::split_by(9),
                             mp::split_per(3), mp::split_per_item()}) {
    const auto range = [&] { return mp::par_range(n).with(s); };
    CHECK(allocations_of_first_help([&](auto item) { result = range().map(item).sum(); }) == 0);
    CHECK(allocations_of_first_help([&](auto item) {
            result = range().map([&](int i) { return static_cast<int>(item(i) * 1e6); }).sum();
          }) == 0);
    CHECK(allocations_of_first_help([&](auto item) { result = *range().map(item).max(); }) == 0);
    CHECK(allocations_of_first_help([&](auto item) { range().for_each([&](int i) { item(i); }); }) ==
          0);
    CHECK(allocations_of_first_help([&](auto item) {
            result = range().fold(
                0.0, [&](double a, int i) { return a + item(i); }, std::plus<>());
          }) == 0);
    CHECK(allocations_of_first_help([&](auto item) { range().map(item).collect_into(v); }) == 0);
    // What the worker keeps from its first inner loop on: two frames and a page of scope controls.
    CHECK(allocations_of_first_help([&](auto item) {
            range().for_each([&](int i) {
              item(i);
              result = mp::par_range(20).map([](int k) { return 0.5 * k; }).sum();
            });
          }) <= 3);
    // Where the lowest is wanted, automatic pieces grow with the age of the loop: the one that is held
    // might have all that is left.
    if (s == mp::split_auto()) continue;
    CHECK(allocations_of_first_help([&](auto item) {
            result = *range().find_first([&](int i) { return item(i) < 1.0 / (n - 1); });
          }) == 0);
    CHECK(allocations_of_first_help([&](auto item) {
            static_cast<void>(range().try_for_each([&](int i) { return item(i) > 1.0 / (n - 1); }));
          }) == 0);
  }
  CHECK(result > 0);
}

TEST_CASE("promise 9: loops that a worker helps allocate nothing in the long run") {
  std::atomic<int> calls{0};
  const auto loop = [&] {
    countdown both(2);
    two_items().for_each([&](int) { both.arrive_and_wait(); });
  };
  CHECK(allocations_with_a_helper(loop) < kept_by_two_threads);
  const auto sum = [&] {
    countdown both(2);
    const auto half = [&](int) {
      both.arrive_and_wait();
      return 0.5;
    };
    calls += static_cast<int>(two_items().map(half).sum());
  };
  CHECK(allocations_with_a_helper(sum) < kept_by_two_threads);
  const auto awaited = [&] {
    countdown both(2);
    mp::sync_wait(two_items().async().for_each([&](int) { both.arrive_and_wait(); }));
  };
  CHECK(allocations_with_a_helper(awaited) < kept_by_two_threads);
  CHECK(calls > 0);
}

TEST_CASE("promise 9: loops of awaited bodies do not allocate") {
  std::atomic<int> calls{0};
  countdown* both = nullptr;
  const auto body = [&](int) -> mp::task<> {
    both->arrive_and_wait();
    co_await suspended(calls);
  };
  const auto loop = [&] {
    countdown met(2);
    both = &met;
    mp::sync_wait(two_items().for_each(body));
  };
  CHECK(allocations_with_a_helper(loop) < kept_by_two_threads);
  const auto filtered = [&] {
    countdown met(2);
    both = &met;
    mp::sync_wait(two_items().filter([](int) { return true; }).for_each(body));
  };
  CHECK(allocations_with_a_helper(filtered) < kept_by_two_threads);
}

TEST_CASE("promise 9: nested loops do not allocate") {
  std::atomic<int> calls{0};
  const auto inner = [&](int) { ++calls; };
  const auto loop = [&] {
    countdown both(2);
    two_items().for_each([&](int) {
      both.arrive_and_wait();
      mp::par_range(20).with(mp::split_per_item()).for_each(inner);
    });
  };
  CHECK(allocations_with_a_helper(loop) < kept_by_two_threads);
  CHECK(calls > 0);
}

TEST_CASE("promise 9: background loops do not allocate") {
  const auto loop = [&] {
    countdown both(2);
    two_items().background().for_each([&](int) { both.arrive_and_wait(); });
  };
  CHECK(allocations_with_a_helper(loop) < kept_by_two_threads);
}

TEST_CASE("promise 9: a loop allocates what it collects, and nothing else") {
  mp::thread_pool pool({.num_threads = 0});
  pool.install([] {
    std::vector<int> v;
    CHECK(allocations_of_warm([&] { v = mp::par_range(100).collect<std::vector>(); }) == 100);
    CHECK(allocations_of_warm([&] { mp::par_range(100).collect_into(v); }) == 0);
  });
}
