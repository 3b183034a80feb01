// SPDX-License-Identifier: MIT OR Apache-2.0
// The try_ consumers with std::expected, in C++23.
#include "../on_pools.hpp"
#include "catch.hpp"

#include <micropool/micropool.hpp>

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#ifndef __cpp_lib_expected
#error "this tests what the library does with std::expected"
#endif

namespace mp = micropool;
namespace mt = micropool_test;

namespace {

template <class T>
using result = std::expected<T, std::string>;

result<std::size_t> failure_of(std::size_t i) { return std::unexpected(std::to_string(i)); }

auto failing_from(std::size_t first) {
  return [first](std::size_t i) { return i < first ? result<std::size_t>(i) : failure_of(i); };
}

}  // namespace

TEST_CASE("an error of the lowest index comes back as a std::expected, under every split") {
  mt::on_pools([] {
    for (const mp::split& s : mt::every_split()) {
      for (const std::size_t first : {0, 1, 63, 150}) {
        const std::string error = std::to_string(first);
        const auto f = failing_from(first);
        const auto numbers = [&] { return mt::par_numbers(200).with(s); };
        CHECK(numbers().try_for_each(f).error() == error);
        CHECK(numbers().map(f).try_collect<std::vector>().error() == error);
        const auto add = [](std::size_t a, std::size_t b) { return result<std::size_t>(a + b); };
        CHECK(numbers().map(f).try_reduce(std::size_t{0}, add).error() == error);
        const auto fold = [&](std::size_t, std::size_t i) { return f(i); };
        CHECK(numbers().try_fold_per_thread(std::size_t{0}, fold, std::plus<>()).error() == error);
        const auto checks = [&](std::size_t i) {
          return i < first ? result<void>() : result<void>(std::unexpect, std::to_string(i));
        };
        CHECK(numbers().try_for_each(checks).error() == error);
        const auto awaited = [&](std::size_t i) -> mp::task<result<void>> { co_return checks(i); };
        CHECK(mp::sync_wait(numbers().try_for_each(awaited)).error() == error);
      }
    }
  });
}

TEST_CASE("without an error a std::expected carries what the loop has made") {
  const auto f = failing_from(1000);
  const auto numbers = [] { return mt::par_numbers(200); };
  const auto collected = numbers().map(f).try_collect<std::vector>();
  static_assert(std::is_same_v<decltype(collected), const result<std::vector<std::size_t>>>);
  CHECK(collected.value() == numbers().collect<std::vector>());
  const auto add = [](std::size_t a, std::size_t b) { return result<std::size_t>(a + b); };
  CHECK(numbers().map(f).try_reduce(std::size_t{0}, add).value() == 19900);
  CHECK(numbers().try_fold_per_thread(std::size_t{0}, add, std::plus<>()).value() == 19900);
  CHECK(numbers().try_for_each(f).value() == 0);
  CHECK(numbers().try_for_each([](std::size_t) { return result<void>(); }).has_value());
}

TEST_CASE("what a std::expected carries may be something that can only be moved") {
  const auto box = [](std::size_t i) {
    return result<std::unique_ptr<std::size_t>>(std::make_unique<std::size_t>(i));
  };
  const auto boxes = mt::par_numbers(100).map(box).try_collect<std::vector>();
  REQUIRE(boxes.value().size() == 100);
  CHECK(*boxes.value().back() == 99);
}

TEST_CASE("a std::expected is an item that may be missing") {
  const auto numbers = [] { return mt::par_numbers(200); };
  const auto even = [](std::size_t i) {
    return i % 2 == 0 ? result<std::size_t>(i) : failure_of(i);
  };
  CHECK(numbers().filter_map(even).sum() == 9900);
  const auto late = [](std::size_t i) { return i >= 70 ? result<std::size_t>(i) : failure_of(i); };
  CHECK(numbers().find_map_first(late).value() == 70);
}
