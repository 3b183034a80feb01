// SPDX-License-Identifier: MIT OR Apache-2.0
// optional_ref refers to an object or to none.
#include <micropool/optional_ref.hpp>

#include "catch.hpp"

#include <optional>
#include <string>
#include <type_traits>

namespace mp = micropool;

namespace {

static_assert(std::is_trivially_copyable_v<mp::optional_ref<int>>);
static_assert(std::is_nothrow_default_constructible_v<mp::optional_ref<int>>);
static_assert(std::is_constructible_v<mp::optional_ref<int>, int&>);
static_assert(!std::is_constructible_v<mp::optional_ref<int>, int>);
static_assert(!std::is_constructible_v<mp::optional_ref<const int>, int>);
static_assert(!std::is_constructible_v<mp::optional_ref<int>, const int&>);
static_assert(std::is_same_v<mp::optional_ref<int>::value_type, int>);
static_assert(!std::is_convertible_v<mp::optional_ref<int>, bool>);

}  // namespace

TEST_CASE("an optional_ref without an object says so, and value() throws") {
  const mp::optional_ref<int> none;
  const mp::optional_ref<int> also_none = std::nullopt;
  CHECK_FALSE(none.has_value());
  CHECK_FALSE(also_none);
  CHECK_THROWS_AS(none.value(), std::bad_optional_access);
  CHECK_THROWS_AS(also_none.value(), std::bad_optional_access);
}

TEST_CASE("an optional_ref refers to the object itself") {
  std::string text = "text";
  const mp::optional_ref<std::string> r = text;
  CHECK(r.has_value());
  CHECK(r);
  CHECK(&*r == &text);
  CHECK(&r.value() == &text);
  r->append(" and more");
  CHECK(text == "text and more");
}

TEST_CASE("assigning to an optional_ref makes it refer to another object") {
  int a = 1;
  int b = 2;
  mp::optional_ref<int> r = a;
  const mp::optional_ref<int> copy = r;
  r = b;
  CHECK(&*r == &b);
  CHECK(&*copy == &a);
  CHECK(a == 1);
  r = std::nullopt;
  CHECK_FALSE(r);
  r = copy;
  CHECK(&*r == &a);
}

TEST_CASE("an optional_ref to const does not let its object be changed") {
  const int a = 1;
  const mp::optional_ref<const int> r = a;
  static_assert(std::is_same_v<decltype(*r), const int&>);
  CHECK(&r.value() == &a);
}

TEST_CASE("an optional_ref compares as what it refers to, and nothing equals nothing only") {
  int one = 1, also_one = 1, two = 2;
  REQUIRE(mp::optional_ref<int>(one) == 1);
  REQUIRE(mp::optional_ref<int>(one) == mp::optional_ref<int>(also_one));
  REQUIRE_FALSE(mp::optional_ref<int>(one) == mp::optional_ref<int>(two));
  REQUIRE_FALSE(mp::optional_ref<int>(one) == mp::optional_ref<int>());
  REQUIRE(mp::optional_ref<int>() == std::nullopt);
  REQUIRE_FALSE(mp::optional_ref<int>(one) == std::nullopt);
  REQUIRE_FALSE(mp::optional_ref<int>() == 0);
  REQUIRE(mp::optional_ref<int>(one).value_or(7) == 1);
  REQUIRE(mp::optional_ref<int>().value_or(7) == 7);
}
