// SPDX-License-Identifier: MIT OR Apache-2.0
// Where a branch or a coroutine leaves its result.
#include "tracked.hpp"
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

struct counts_ends {
  static inline int ends = 0;
  ~counts_ends() { ++ends; }
};

static_assert(std::is_same_v<or_monostate<void>, std::monostate>);
static_assert(std::is_same_v<or_monostate<int&>, int&>);
static_assert(!std::is_copy_constructible_v<slot<int>>);

// In both forms: with and without a mark of its own for a result that was made.
template <class T>
using of_coroutine = slot<T, result_of::coroutine>;
template <class T>
using of_callable = slot<T, result_of::callable>;

}  // namespace

TEMPLATE_TEST_CASE("a result that was never made is not destroyed", "",
                   of_coroutine<counts_ends>, of_callable<counts_ends>) {
  counts_ends::ends = 0;
  {
    const TestType none;
  }
  CHECK(counts_ends::ends == 0);
}

TEMPLATE_TEST_CASE("a result is destroyed once, whether it was taken or not", "",
                   of_coroutine<mt::tracked>, of_callable<mt::tracked>) {
  mt::census census;
  {
    TestType left;
    left.emplace_from([&] { return mt::tracked(census); });
    TestType taken;
    taken.emplace_from([&] { return mt::tracked(census); });
    const mt::tracked t = taken.get();
    CHECK(census.alive() == 3);
  }
  CHECK(census.ever() == 3);
  CHECK(census.alive() == 0);
}

TEMPLATE_TEST_CASE("what the making of a result throws is kept in its place", "",
                   of_coroutine<mt::tracked>, of_callable<mt::tracked>) {
  mt::census census;
  {
    TestType r;
    r.run([&]() -> mt::tracked { throw mt::numbered_error(1, census); });
    CHECK(r.failed());
    CHECK(mt::thrown_by([&] { return r.get(), 0; }) == 1);
    CHECK(census.alive() == 1);
  }
  CHECK(census.ever() == 1);
  CHECK(census.alive() == 0);
}

TEMPLATE_TEST_CASE("an exception takes the place of a result", "", of_coroutine<mt::tracked>,
                   of_callable<mt::tracked>) {
  mt::census census;
  TestType r;
  r.emplace_from([&] { return mt::tracked(census); });
  r.fail(std::make_exception_ptr(mt::numbered_error(2)));
  CHECK(census.alive() == 0);
  CHECK(mt::thrown_by([&] { return r.get(), 0; }) == 2);
}

TEST_CASE("an exception may be taken out of a slot") {
  mt::census census;
  slot<int> s;
  s.fail(std::make_exception_ptr(mt::numbered_error(3, census)));
  CHECK(mt::thrown_by([&]() -> int { std::rethrow_exception(s.take_exception()); }) == 3);
  CHECK_FALSE(s.failed());
  CHECK(census.alive() == 0);
}

TEST_CASE("a result may be of a type that cannot be moved") {
  slot<immovable> r;
  r.emplace_from([] { return immovable(3); });
  CHECK(r.peek().value == 3);
  slot<std::unique_ptr<int>> owned;
  owned.emplace_from([] { return std::make_unique<int>(4); });
  CHECK(*owned.get() == 4);
}

TEST_CASE("a reference result is the object that it refers to") {
  std::string text = "text";
  slot<std::string&> r;
  r.emplace_from([&]() -> std::string& { return text; });
  CHECK(&r.get() == &text);
  slot<const std::string&, result_of::callable> from_call;
  from_call.emplace_from([&]() -> std::string& { return text; });
  CHECK(&from_call.get() == &text);
}

TEST_CASE("a void result calls the callable and yields a monostate") {
  int calls = 0;
  slot<void> r;
  r.emplace_from([&] { ++calls; });
  CHECK(calls == 1);
  r.get();
  CHECK(r.take() == std::monostate{});
}
