// SPDX-License-Identifier: MIT OR Apache-2.0
// for_each and for_each_init with bodies that return awaitables.
#include "tracked.hpp"
#include "catch.hpp"
#include "gate.hpp"
#include "on_pools.hpp"

#include <micropool/micropool.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

constexpr auto all_pass = [](std::size_t) { return true; };

// Yields each position twice; throws behind the first of them at `bad`.
struct twice {
  using item_type = std::size_t;
  std::size_t n;
  std::size_t bad;
  std::size_t positions() const { return n; }
  int make_local() const { return 0; }
  template <class Sink>
  bool feed(int&, std::size_t first, std::size_t last, Sink& sink) {
    for (std::size_t i = first; i < last; ++i) {
      if (!sink(std::size_t{i})) return false;
      if (i == bad) throw mt::numbered_error(static_cast<int>(i));
      if (!sink(std::size_t{i})) return false;
    }
    return true;
  }
};

// Ends when the body says so.
struct ending_numbers {
  std::size_t n;
  const std::atomic<bool>* end;
  bool has_ended() const { return *end; }
  std::size_t size() const { return n; }
  std::size_t fetch(std::size_t i) const { return i; }
};

}  // namespace

TEST_CASE("for_each is a task where the body returns one, whether async was said or not") {
  std::atomic<int> calls{0};
  const auto body = [&](std::size_t) -> mp::task<> {
    ++calls;
    co_return;
  };
  static_assert(std::same_as<decltype(mt::par_numbers(3).for_each(body)), mp::task<>>);
  static_assert(std::same_as<decltype(mt::par_numbers(3).async().for_each(body)), mp::task<>>);
  mp::task<> t = mt::par_numbers(3).for_each(body);
  REQUIRE(calls == 0);
  mp::sync_wait(std::move(t));
  REQUIRE(calls == 3);
}

TEST_CASE("every awaited body runs once, though each is suspended in between") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      std::vector<int> v(500);
      const auto body = [](int& x) -> mp::task<> {
        ++x;
        co_await mp::yield();
        x += 10;
      };
      mp::sync_wait(mp::par_iter(v).with(s).for_each(body));
      REQUIRE(v == std::vector<int>(500, 11));
      const auto rising = [](int x) { return x == 11; };
      mp::sync_wait(mp::par_iter(v).filter(rising).with(s).for_each(body));
      REQUIRE(v == std::vector<int>(500, 22));
    }
  });
}

TEST_CASE("the loop ends when the last body has ended") {
  mp::thread_pool pool({.num_threads = 2});
  pool.install([] {
    for (int run = 0; run < 100; ++run) {
      std::atomic<int> ended{0};
      const auto body = [&](std::size_t) -> mp::task<> {
        for (int i = 0; i < 3; ++i) co_await mp::yield();
        ++ended;
      };
      const auto whole = [&]() -> mp::task<int> {
        co_await mt::par_numbers(20).for_each(body);
        co_return ended.load();
      };
      REQUIRE(mp::sync_wait(whole()) == 20);
    }
  });
}

TEST_CASE("a participant awaits one body at a time, in index order") {
  mp::thread_pool pool({.num_threads = 0});
  std::vector<std::size_t> seen;
  bool inside = false;
  bool overlap = false;
  const auto body = [&](std::size_t i) -> mp::task<> {
    overlap = overlap || std::exchange(inside, true);
    co_await mp::yield();
    seen.push_back(i);
    inside = false;
  };
  for (const mp::split s : {mp::split_per(100), mp::split_per(7)}) {
    seen.clear();
    pool.install([&] { mp::sync_wait(mt::par_numbers(100).with(s).for_each(body)); });
    REQUIRE(seen.size() == 100);
    REQUIRE(!overlap);
  }
  seen.clear();
  pool.install([&] {
    mp::sync_wait(mt::par_numbers(100).filter(all_pass).with(mp::split_per(100)).for_each(body));
  });
  REQUIRE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("bodies of two participants are awaited at the same time") {
  mp::thread_pool pool({.num_threads = 1});
  mt::countdown both(2);
  const auto body = [&](std::size_t) -> mp::task<> {
    both.arrive_and_wait();
    co_return;
  };
  pool.install(
      [&] { mp::sync_wait(mt::par_numbers(2).with(mp::split_per_item()).for_each(body)); });
}

TEST_CASE("items live while their body is suspended, though it takes them by reference") {
  mt::on_pools([] {
    std::atomic<int> right{0};
    // Copied from one whose length the compiler does not know: where it does, g++ 12 warns of the
    // small buffer's bounds, which are not used.
    static const std::string long_text("a string that is too long for the small buffer");
    const auto body = [&](const std::string& s) -> mp::task<> {
      co_await mp::yield();
      if (s == long_text) ++right;
    };
    const auto make = [](std::size_t) { return std::string(long_text); };
    mp::sync_wait(mt::par_numbers(50).map(make).for_each(body));
    mp::sync_wait(mt::par_numbers(50).filter(all_pass).map(make).for_each(body));
    REQUIRE(right == 100);
  });
}

TEST_CASE("items that can only be moved, and bools, are awaited") {
  std::atomic<int> sum{0};
  const auto make = [](std::size_t i) { return std::make_unique<int>(static_cast<int>(i)); };
  const auto body = [&](std::unique_ptr<int> p) -> mp::task<> {
    co_await mp::yield();
    sum += *p;
  };
  mp::sync_wait(mt::par_numbers(10).map(make).for_each(body));
  mp::sync_wait(mt::par_numbers(10).filter(all_pass).map(make).for_each(body));
  REQUIRE(sum == 90);
  const auto odd = [](std::size_t i) { return i % 2 == 1; };
  const auto count = [&](bool b) -> mp::task<int> {
    if (b) ++sum;
    co_return 0;  // what a body yields is dropped
  };
  mp::sync_wait(mt::par_numbers(10).filter(all_pass).map(odd).for_each(count));
  REQUIRE(sum == 95);
}

TEST_CASE("pairs come in parts to a body that is awaited") {
  std::atomic<std::size_t> sum{0};
  const auto body = [&](std::size_t a, std::size_t b) -> mp::task<> {
    co_await mp::yield();
    sum += b - a;
  };
  const auto make = [](std::size_t i) { return std::pair(i, 2 * i); };
  mp::sync_wait(mt::par_numbers(100).map(make).for_each(body));
  REQUIRE(sum == 4950);
}

TEST_CASE("of awaited bodies that throw, the exception of the lowest index leaves") {
  mt::on_pools([] {
    for (const mp::split s : mt::every_split()) {
      for (int run = 0; run < 20; ++run) {
        std::atomic<int> below{0};
        const auto body = [&](std::size_t i) -> mp::task<> {
          if (i % 3 == 0) co_await mp::yield();
          if (i < 70) ++below;
          if (i >= 70 && i % 10 == 0) throw mt::numbered_error(static_cast<int>(i));
        };
        REQUIRE(mt::thrown_by(
                    [&] { mp::sync_wait(mt::par_numbers(200).with(s).for_each(body)); }) == 70);
        REQUIRE(below == 70);
        const auto filtered = [&] {
          mp::sync_wait(mt::par_numbers(200).filter(all_pass).with(s).for_each(body));
        };
        REQUIRE(mt::thrown_by(filtered) == 70);
      }
    }
  });
}

TEST_CASE("behind a body that throws, no further one begins on the same participant") {
  mp::thread_pool pool({.num_threads = 0});
  int calls = 0;
  const auto body = [&](std::size_t i) -> mp::task<> {
    ++calls;
    if (i == 5) throw mt::numbered_error(5);
    co_return;
  };
  for (const mp::split s : {mp::split_per(1000), mp::split_per_item()}) {
    calls = 0;
    REQUIRE(mt::thrown_by([&] {
              pool.install([&] { mp::sync_wait(mt::par_numbers(1000).with(s).for_each(body)); });
            }) == 5);
    REQUIRE(calls == 6);
  }
}

TEST_CASE("what a stage throws comes behind the bodies of the items before it") {
  std::atomic<int> calls{0};
  const auto body = [&](std::size_t) -> mp::task<> {
    ++calls;
    co_return;
  };
  mp::thread_pool pool({.num_threads = 0});
  REQUIRE(mt::thrown_by([&] {
            pool.install([&] {
              mp::sync_wait(
                  mp::parallel_iterator(twice{10, 4}).with(mp::split_per(10)).for_each(body));
            });
          }) == 4);
  REQUIRE(calls == 9);
  const auto throws_first = [&](std::size_t i) -> mp::task<> {
    if (i == 4) throw mt::numbered_error(1000);
    co_return;
  };
  REQUIRE(mt::thrown_by([&] {
            mp::sync_wait(mp::parallel_iterator(twice{10, 4}).for_each(throws_first));
          }) == 1000);
}

TEST_CASE("for_each_init keeps one state for each participant, also across suspensions") {
  mp::thread_pool pool({.num_threads = 1});
  mt::meeting_of_two meeting;
  std::atomic<int> made{0};
  std::atomic<int> overlaps{0};
  struct state {
    std::atomic<bool> used{false};  // cannot be moved
  };
  const auto init = [&] {
    ++made;
    return state();
  };
  const auto body = [&](state& s, std::size_t) -> mp::task<> {
    if (s.used.exchange(true)) ++overlaps;
    meeting.pass();
    co_await mp::yield();
    s.used = false;
  };
  pool.install([&] {
    auto t = mt::par_numbers(100).with(mp::split_per(5)).for_each_init(init, body);
    static_assert(std::same_as<decltype(t), mp::task<>>);
    mp::sync_wait(std::move(t));
  });
  REQUIRE(made == 2);
  REQUIRE(overlaps == 0);
}

TEST_CASE("a loop of awaited bodies obeys the stop token") {
  std::atomic<int> calls{0};
  std::stop_source stop;
  const auto body = [&](std::size_t) -> mp::task<> {
    if (++calls == 5) stop.request_stop();
    co_return;
  };
  mp::thread_pool pool({.num_threads = 0});
  pool.install([&] {
    REQUIRE_THROWS_AS(mp::sync_wait(mt::par_numbers(100)
                                        .stop_on(stop.get_token())
                                        .with(mp::split_per_item())
                                        .for_each(body)),
                      mp::operation_stopped);
    REQUIRE(calls == 5);
    REQUIRE_THROWS_AS(
        mp::sync_wait(mt::par_numbers(100).stop_on(stop.get_token()).for_each(body)),
        mp::operation_stopped);
    REQUIRE(calls == 5);
  });
}

TEST_CASE("a stage that has ended ends a loop of awaited bodies") {
  mp::thread_pool pool({.num_threads = 0});
  std::atomic<bool> end{false};
  int calls = 0;
  const auto body = [&](std::size_t i) -> mp::task<> {
    ++calls;
    if (i == 9) end = true;
    co_return;
  };
  pool.install([&] {
    mp::sync_wait(
        mp::parallel_iterator(ending_numbers{100, &end}).with(mp::split_per_item()).for_each(body));
  });
  REQUIRE(calls == 10);
}

TEST_CASE("a source that is prepared is, before the first body") {
  std::atomic<int> calls{0};
  const auto body = [&](std::size_t) -> mp::task<> {
    ++calls;
    co_return;
  };
  mp::sync_wait(mt::par_prepared(100).for_each(body));
  REQUIRE(calls == 100);
  mp::sync_wait(mt::par_prepared(0).for_each(body));
  REQUIRE(calls == 100);
}

TEST_CASE("awaited loops nest") {
  mt::on_pools([] {
    std::atomic<int> calls{0};
    const auto inner = [&](std::size_t) -> mp::task<> {
      co_await mp::yield();
      ++calls;
    };
    const auto outer = [&](std::size_t) { return mt::par_numbers(20).for_each(inner); };
    mp::sync_wait(mt::par_numbers(20).for_each(outer));
    REQUIRE(calls == 400);
  });
}
