// SPDX-License-Identifier: MIT OR Apache-2.0
// try_for_each, try_reduce, try_fold_per_thread, try_collect.
#include "catch.hpp"
#include "on_pools.hpp"
#include "outcome.hpp"

#include <micropool/micropool.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mp = micropool;
namespace mt = micropool_test;
using micropool_test::outcome;

namespace {

const auto failing_from = [](std::size_t first) {
  return [first](std::size_t i) {
    return i < first ? outcome<std::size_t>(i) : outcome<std::size_t>(std::to_string(i));
  };
};

std::optional<int> checked_add(int a, int b) {
  int sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

}  // namespace

TEST_CASE("the result of a try is that of its function") {
  const auto as_bool = [](std::size_t) { return true; };
  const auto as_optional = [](std::size_t i) { return std::optional(i); };
  static_assert(std::same_as<decltype(mt::par_numbers(1).try_for_each(as_bool)), bool>);
  static_assert(std::same_as<decltype(mt::par_numbers(1).async().try_for_each(as_optional)),
                             mp::task<std::optional<std::size_t>>>);
  static_assert(
      std::same_as<decltype(mt::par_numbers(1).map(failing_from(1)).try_collect<std::vector>()),
                   outcome<std::vector<std::size_t>>>);
  static_assert(mp::try_result<bool> && !mp::try_result<int> && mp::try_result<outcome<int>>);
  REQUIRE(mt::par_numbers(0).try_for_each(as_bool));
  REQUIRE(mt::par_numbers(0).try_for_each(as_optional) == std::size_t{0});
  REQUIRE(mp::sync_wait(mt::par_numbers(10).async().try_for_each(as_optional)).has_value());
}

TEST_CASE("the failure of the lowest index comes back, under every split") {
  mt::on_pools([] {
    for (const mp::split& s : mt::every_split()) {
      for (const std::size_t first : {0, 1, 9, 10, 63, 150}) {
        const auto f = failing_from(first);
        const auto numbers = [&] { return mt::par_numbers(200).with(s); };
        CHECK(numbers().try_for_each(f).error() == std::to_string(first));
        CHECK(numbers()
                  .try_for_each_init([] { return 0; }, [&](int&, std::size_t i) { return f(i); })
                  .error() == std::to_string(first));
        CHECK(numbers().map(f).try_collect<std::vector>().error() == std::to_string(first));
        CHECK(numbers().map(f).try_reduce(std::size_t{0}, [](std::size_t a, std::size_t b) {
          return outcome<std::size_t>(a + b);
        }).error() == std::to_string(first));
        CHECK(
            numbers()
                .try_fold_per_thread(
                    std::size_t{0}, [&](std::size_t, std::size_t i) { return f(i); }, std::plus<>())
                .error() == std::to_string(first));
        CHECK(!numbers().try_for_each([&](std::size_t i) { return i < first; }));
      }
    }
  });
}

TEST_CASE("without a failure tries do what their namesakes do") {
  mt::on_pools([] {
    for (const mp::split& s : mt::every_split()) {
      const auto numbers = [&] { return mt::par_numbers(200).with(s); };
      std::atomic<std::size_t> sum{0};
      CHECK(numbers().try_for_each([&](std::size_t i) {
        sum += i;
        return true;
      }));
      CHECK(sum == 19900);
      CHECK(numbers()
                .map([](std::size_t i) { return std::to_string(i); })
                .try_reduce(std::string(), [](std::string a, const std::string& b) {
                  return std::optional(a + b);
                }) == numbers().map([](std::size_t i) { return std::to_string(i); })
                          .reduce(std::string(), std::plus<>()));
      CHECK(numbers().map(failing_from(999)).try_collect<std::vector>().value() ==
            numbers().collect<std::vector>());
      CHECK(numbers().try_fold_per_thread(
                [] { return std::size_t{0}; },
                [](std::size_t acc, std::size_t i) { return std::optional(acc + i); },
                std::plus<>()) == std::size_t{19900});
    }
  });
}

TEST_CASE("items that are results are reduced by what they carry") {
  const std::vector<std::optional<int>> all{1, 2, 3}, some{1, std::nullopt, 3};
  REQUIRE(mp::par_iter(all).try_reduce(0, checked_add) == 6);
  REQUIRE(!mp::par_iter(some).try_reduce(0, checked_add));
}

TEST_CASE("an operation that fails only for the sums of chunks has failed") {
  const std::vector<int> items(4, 1'000'000'000);
  mt::on_pools([&] {
    for (const mp::split& s : {mp::split_per_item(), mp::split_by(2), mp::split_by(1)}) {
      CHECK(!mp::par_iter(items).with(s).try_reduce(0, checked_add));
      CHECK(mp::par_iter(items).take(2).with(s).try_reduce(0, checked_add) == 2'000'000'000);
    }
  });
}

TEST_CASE("of failures for the sums of chunks the lowest one counts") {
  const auto fails_for = [](std::vector<int> sums) {
    return [=](int a, int b) {
      for (const int s : sums) {
        if (a + b == s) return outcome<int>(std::to_string(s));
      }
      return outcome<int>(a + b);
    };
  };
  const std::vector<int> items{1, 2, 10, 20};
  mt::on_pools([&] {
    for (const mp::split& s : {mp::split_per_item(), mp::split_auto()}) {
      const auto reduced = [&](std::vector<int> sums) {
        return mp::par_iter(items).with(s).try_reduce(0, fails_for(std::move(sums)));
      };
      CHECK(reduced({3, 30}).error() == "3");
      CHECK(reduced({3}).error() == "3");
      CHECK(reduced({30}).error() == "30");
      CHECK(reduced({33}).error() == "33");
      CHECK(reduced({}).value() == 33);
    }
  });
}

TEST_CASE("behind a failure nothing more begins") {
  mp::thread_pool pool({.num_threads = 0});
  std::size_t calls = 0;
  const bool ok = pool.install([&] {
    return mt::par_numbers(std::size_t{1} << 40).try_for_each([&](std::size_t i) {
      ++calls;
      return i != 1000;
    });
  });
  REQUIRE(!ok);
  REQUIRE(calls == 1001);
}

TEST_CASE("values that only move are collected, and go into a success") {
  auto boxed =
      mt::par_numbers(100)
          .map([](std::size_t i) { return std::optional(std::make_unique<std::size_t>(i)); })
          .try_collect<std::vector>();
  REQUIRE(boxed->size() == 100);
  REQUIRE(*boxed->at(99) == 99);
}

TEST_CASE("an exception below a failure leaves the consumer; one behind it does not") {
  mt::on_pools([] {
    const auto f = [](std::size_t throws, std::size_t fails) {
      return [=](std::size_t i) {
        if (i == throws) throw std::runtime_error("thrown");
        return i != fails;
      };
    };
    for (const mp::split& s : mt::every_split()) {
      CHECK_THROWS_WITH(mt::par_numbers(100).with(s).try_for_each(f(20, 80)), "thrown");
      CHECK(!mt::par_numbers(100).with(s).try_for_each(f(80, 20)));
    }
  });
}
