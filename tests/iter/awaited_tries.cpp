// SPDX-License-Identifier: MIT OR Apache-2.0
// try_for_each and try_for_each_init with bodies that return awaitables.
#include "tracked.hpp"
#include "catch.hpp"
#include "gate.hpp"
#include "on_pools.hpp"
#include "outcome.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;
using micropool_test::outcome;

namespace {

constexpr auto all_pass = [](std::size_t) { return true; };

// Fails from `first` on, each with its own number; some are suspended before that.
auto failing_from(std::size_t first) {
  return [first](std::size_t i) -> mp::task<outcome<std::size_t>> {
    if (i % 3 == 0) co_await mp::yield();
    if (i < first) co_return i;
    co_return outcome<std::size_t>(std::to_string(i));
  };
}

// A result that is awaited as well.
struct promised : outcome<int> {
  using outcome<int>::outcome;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  int await_resume() const noexcept { return 0; }
};

}  // namespace

template <>
struct micropool::try_traits<promised> {
  using output = int;
  static bool has_failed(const promised& r) { return r.either.index() == 1; }
  static int output_of(promised&& r) { return std::get<0>(r.either); }
  static promised success(int&& output) { return output; }
};

TEST_CASE("try_for_each is a task where the body returns one that yields a result") {
  const auto as_bool = [](std::size_t) -> mp::task<bool> { co_return true; };
  const auto as_optional = [](std::size_t i) -> mp::task<std::optional<std::size_t>> {
    co_return i;
  };
  const auto with_state = [](int&, std::size_t) -> mp::task<bool> { co_return true; };
  const auto zero = [] { return 0; };
  static_assert(std::same_as<decltype(mt::par_numbers(1).try_for_each(as_bool)), mp::task<bool>>);
  static_assert(
      std::same_as<decltype(mt::par_numbers(1).async().try_for_each(as_bool)), mp::task<bool>>);
  static_assert(std::same_as<decltype(mt::par_numbers(1).try_for_each(as_optional)),
                             mp::task<std::optional<std::size_t>>>);
  static_assert(std::same_as<decltype(mt::par_numbers(1).try_for_each(failing_from(1))),
                             mp::task<outcome<std::size_t>>>);
  static_assert(std::same_as<decltype(mt::par_numbers(1).try_for_each_init(zero, with_state)),
                             mp::task<bool>>);
  const auto counts = [](std::size_t) -> mp::task<int> { co_return 1; };
  const auto ends = [](std::size_t) -> mp::task<> { co_return; };
  static_assert(!mp::tries_item<decltype(counts), std::size_t>);
  static_assert(!mp::tries_item<decltype(ends), std::size_t>);
  CHECK(mp::sync_wait(mt::par_numbers(0).try_for_each(as_bool)));
  CHECK(mp::sync_wait(mt::par_numbers(0).try_for_each(as_optional)) == std::size_t{0});
  CHECK(mp::sync_wait(mt::par_numbers(9).try_for_each(as_optional)) == std::size_t{0});
}

TEST_CASE("a result that could be awaited for something else is not") {
  const auto f = [](std::size_t i) { return i == 7 ? promised("seven") : promised(1); };
  static_assert(std::same_as<decltype(mt::par_numbers(9).try_for_each(f)), promised>);
  CHECK(mt::par_numbers(9).try_for_each(f).error() == "seven");
}

TEST_CASE("of awaited bodies the failure of the lowest index comes back, under every split") {
  mt::on_pools([] {
    for (const mp::split& s : mt::every_split()) {
      for (const std::size_t first : {0, 1, 9, 10, 63, 150, 199}) {
        std::atomic<std::size_t> below{0};
        const auto body = [&, fails = failing_from(first)](
                              std::size_t i) -> mp::task<outcome<std::size_t>> {
          if (i < first) ++below;
          co_return co_await fails(i);
        };
        const auto numbers = [&] { return mt::par_numbers(200).with(s); };
        const std::string expected = std::to_string(first);
        CHECK(mp::sync_wait(numbers().try_for_each(body)).error() == expected);
        CHECK(below == first);
        CHECK(mp::sync_wait(numbers().filter(all_pass).try_for_each(body)).error() == expected);
        CHECK(mp::sync_wait(numbers().background().try_for_each(body)).error() == expected);
        const auto init = [] { return 0; };
        const auto with_state = [&](int&, std::size_t i) { return body(i); };
        CHECK(mp::sync_wait(numbers().try_for_each_init(init, with_state)).error() == expected);
        CHECK(below == 4 * first);
        const auto as_bool = [&](std::size_t i) -> mp::task<bool> { co_return i < first; };
        CHECK(!mp::sync_wait(numbers().try_for_each(as_bool)));
      }
    }
  });
}

TEST_CASE("without a failure every awaited body runs once, and the loop ends behind the last") {
  mt::on_pools([] {
    for (const mp::split& s : mt::every_split()) {
      std::atomic<std::size_t> sum{0};
      const auto body = [&](std::size_t i) -> mp::task<bool> {
        co_await mp::yield();
        sum += i;
        co_return true;
      };
      CHECK(mp::sync_wait(mt::par_numbers(200).with(s).try_for_each(body)));
      CHECK(sum == 19900);
    }
  });
}

TEST_CASE("behind an awaited body that fails, none begins on the same participant") {
  mp::thread_pool pool({.num_threads = 0});
  std::size_t calls = 0;
  const auto body = [&](std::size_t i) -> mp::task<bool> {
    ++calls;
    co_await mp::yield();
    co_return i != 5;
  };
  std::size_t looked_at = 0;
  const auto twice = [&](std::size_t i) {
    ++looked_at;
    return std::vector<std::size_t>{i, i};
  };
  pool.install([&] {
    for (const mp::split& s : {mp::split_per(1000), mp::split_per_item(), mp::split_auto()}) {
      calls = 0;
      CHECK(!mp::sync_wait(mt::par_numbers(1000).with(s).try_for_each(body)));
      CHECK(calls == 6);
      // The second of the two items of one position is left out.
      calls = 0;
      looked_at = 0;
      CHECK(!mp::sync_wait(mt::par_numbers(1000).flat_map(twice).with(s).try_for_each(body)));
      CHECK(calls == 11);
      CHECK(looked_at == 6);
    }
  });
}

TEST_CASE("of failures and exceptions of awaited bodies the lowest index counts") {
  mt::on_pools([] {
    const auto f = [](std::size_t throws, std::size_t fails) {
      return [=](std::size_t i) -> mp::task<bool> {
        if (i % 4 == 0) co_await mp::yield();
        if (i == throws) throw mt::numbered_error(static_cast<int>(i));
        co_return i != fails;
      };
    };
    for (const mp::split& s : mt::every_split()) {
      const auto tries = [&](std::size_t throws, std::size_t fails) {
        return mp::sync_wait(mt::par_numbers(100).with(s).try_for_each(f(throws, fails)));
      };
      CHECK(mt::thrown_by([&] { tries(20, 80); }) == 20);
      CHECK(!tries(80, 20));
      CHECK(mt::thrown_by([&] { tries(0, 99); }) == 0);
      CHECK(!tries(99, 0));
      CHECK(tries(100, 100));
    }
  });
}

TEST_CASE("a failure below what a stop has left out comes back; else the loop was stopped") {
  mp::thread_pool pool({.num_threads = 0});
  std::stop_source stop;
  const auto fails_at = [&](std::size_t fails) {
    return [&stop, fails](std::size_t i) -> mp::task<bool> {
      if (i == 5) stop.request_stop();
      co_return i != fails;
    };
  };
  pool.install([&] {
    const auto tries = [&](std::size_t fails) {
      stop = std::stop_source();
      return mp::sync_wait(mt::par_numbers(100)
                               .with(mp::split_per_item())
                               .stop_on(stop.get_token())
                               .try_for_each(fails_at(fails)));
    };
    CHECK(!tries(5));
    CHECK_THROWS_AS(tries(50), mp::operation_stopped);
  });
}

TEST_CASE("a stop that another participant has seen behind a failure leaves the failure") {
  mp::thread_pool pool({.num_threads = 1});
  for (int round = 0; round < 200; ++round) {
    std::stop_source stop;
    mt::countdown both(2);
    const auto body = [&](std::size_t i) -> mp::task<bool> {
      if (i == 0) {
        both.arrive_and_wait();
        while (!stop.stop_requested()) co_await mp::yield();
        for (int k = 0; k < round; ++k) std::this_thread::yield();
        co_return false;
      }
      if (!stop.stop_requested()) both.arrive_and_wait();
      stop.request_stop();
      co_return true;
    };
    const bool ok = pool.install([&] {
      auto tries = mt::par_numbers(100).with(mp::split_per_item()).stop_on(stop.get_token());
      return mp::sync_wait(std::move(tries).try_for_each(body));
    });
    REQUIRE(!ok);
  }
}

TEST_CASE("each participant keeps one state for its awaited tries") {
  mp::thread_pool pool({.num_threads = 1});
  mt::meeting_of_two meeting;
  std::atomic<int> made{0};
  const auto init = [&] { return ++made; };
  const auto body = [&](int& state, std::size_t) -> mp::task<bool> {
    const int before = state;
    meeting.pass();
    co_await mp::yield();
    co_return state == before;
  };
  CHECK(pool.install([&] {
    auto all = mt::par_numbers(100).with(mp::split_per(5)).try_for_each_init(init, body);
    return mp::sync_wait(std::move(all));
  }));
  CHECK(made == 2);
}

TEST_CASE("a failure that can only be moved comes back from an awaited body") {
  using boxed = std::optional<std::unique_ptr<int>>;
  const auto body = [](std::size_t i) -> mp::task<boxed> {
    co_await mp::yield();
    co_return i < 50 ? boxed(std::make_unique<int>(1)) : boxed();
  };
  CHECK_FALSE(mp::sync_wait(mt::par_numbers(100).try_for_each(body)).has_value());
  CHECK(mp::sync_wait(mt::par_numbers(50).try_for_each(body)).has_value());
}
