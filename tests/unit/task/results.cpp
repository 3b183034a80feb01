// SPDX-License-Identifier: MIT OR Apache-2.0
// Where a branch or a coroutine leaves its result.
#include "../../api/tracked.hpp"
#include "catch.hpp"

#include <micropool/detail/task/result.hpp>

#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>

namespace mt = micropool_test;
using namespace micropool::detail;

namespace {

struct immovable {
  explicit immovable(int v) : value(v) {}
  immovable(const immovable&) = delete;
  int value;
};

static_assert(std::is_same_v<or_monostate<void>, std::monostate>);
static_assert(std::is_same_v<or_monostate<int&>, int&>);
static_assert(!std::is_copy_constructible_v<result_value<int>>);
// No flag where no destructor has to run.
static_assert(sizeof(result_value<long>) == sizeof(long));

}  // namespace

TEST_CASE("a result that was never made is not destroyed") {
  mt::census census;
  {
    const result_value<mt::tracked> none;
  }
  CHECK(census.ever() == 0);
  CHECK(census.alive() == 0);
}

TEST_CASE("a result is destroyed once, whether it was taken or not") {
  mt::census census;
  {
    result_value<mt::tracked> left;
    left.emplace(census);
    result_value<mt::tracked> taken;
    taken.emplace_from([&] { return mt::tracked(census); });
    const mt::tracked t = taken.take();
    CHECK(census.alive() == 3);
  }
  CHECK(census.ever() == 3);
  CHECK(census.alive() == 0);
}

TEST_CASE("a result whose making throws is not destroyed") {
  mt::census census;
  {
    result_value<mt::tracked> r;
    CHECK(mt::thrown_by([&] {
            r.emplace_from([&]() -> mt::tracked { throw mt::numbered_error(1); });
            return 0;
          }) == 1);
  }
  CHECK(census.ever() == 0);
}

TEST_CASE("a result may be of a type that cannot be moved") {
  result_value<immovable> r;
  r.emplace_from([] { return immovable(3); });
  auto& where = r;
  static_cast<void>(where);
  result_value<std::unique_ptr<int>> owned;
  owned.emplace(std::make_unique<int>(4));
  CHECK(*owned.take() == 4);
}

TEST_CASE("a reference result is the object that it refers to") {
  std::string text = "text";
  result_value<std::string&> r;
  r.emplace(text);
  CHECK(&r.take() == &text);
  result_value<const std::string&> from_call;
  from_call.emplace_from([&]() -> std::string& { return text; });
  CHECK(&from_call.take() == &text);
}

TEST_CASE("a void result calls the callable and yields a monostate") {
  int calls = 0;
  result_value<void> r;
  r.emplace_from([&] { ++calls; });
  CHECK(calls == 1);
  CHECK(r.take() == std::monostate{});
}

TEST_CASE("a slot yields the exception rather than the result") {
  slot<int> s;
  s.emplace(1);
  CHECK(s.get() == 1);
  s.exception = std::make_exception_ptr(mt::numbered_error(2));
  CHECK(mt::thrown_by([&] { return s.get(); }) == 2);
  slot<void> nothing;
  nothing.get();
  nothing.exception = std::make_exception_ptr(mt::numbered_error(3));
  CHECK(mt::thrown_by([&] {
          nothing.get();
          return 0;
        }) == 3);
}
