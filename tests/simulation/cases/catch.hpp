// SPDX-License-Identifier: MIT OR Apache-2.0
// Found in place of tests/support/catch.hpp: the macros of Catch2 for a test case that runs on the
// simulated machine. The first assertion that does not hold ends the execution.
#pragma once

#include "run_case.hpp"

#include "../explore.hpp"

#include <type_traits>

#undef TEMPLATE_TEST_CASE
#undef TEST_CASE
#undef SECTION
#undef GENERATE
#undef CHECK
#undef CHECK_FALSE
#undef CHECK_THAT
#undef CHECK_THROWS
#undef CHECK_THROWS_AS
#undef CHECK_THROWS_WITH
#undef REQUIRE
#undef REQUIRE_FALSE
#undef REQUIRE_NOTHROW
#undef REQUIRE_THROWS_AS
#undef REQUIRE_THROWS_WITH
#undef CAPTURE
#undef INFO
#undef UNSCOPED_INFO
#undef SUCCEED
#undef WARN

#define SIMULATED_TEXT(number) #number
#define SIMULATED_LINE(number) SIMULATED_TEXT(number)
#define SIMULATED_CHECK(condition, text) \
  ::simulation::check(condition, __FILE__ ":" SIMULATED_LINE(__LINE__) ": " text)

#define SIMULATED_CASE2(number, ...)                                                         \
  static void simulated_case_##number();                                                     \
  [[maybe_unused]] static const bool simulated_case_##number##_is_known =                    \
      ::micropool_test::cases::add(                                                          \
          &::micropool_test::cases::run_on_machine<&simulated_case_##number>, __FILE__,      \
          __LINE__, __VA_ARGS__);                                                            \
  static void simulated_case_##number()
#define SIMULATED_CASE(number, ...) SIMULATED_CASE2(number, __VA_ARGS__)
#define TEST_CASE(...) SIMULATED_CASE(__COUNTER__, __VA_ARGS__)

#define SIMULATED_TEMPLATE2(number, name, tags, ...)                                            \
  template <class TestType>                                                                  \
  static void simulated_case_##number();                                                     \
  [[maybe_unused]] static const bool simulated_case_##number##_is_known =                    \
      ::micropool_test::cases::add_each<__VA_ARGS__>(                                        \
          []<class Type>(std::type_identity<Type>) {                                         \
            return &::micropool_test::cases::run_on_machine<&simulated_case_##number<Type>>; \
          },                                                                                 \
          __FILE__, __LINE__, name, tags);                                                   \
  template <class TestType>                                                                  \
  static void simulated_case_##number()
#define SIMULATED_TEMPLATE(number, ...) SIMULATED_TEMPLATE2(number, __VA_ARGS__)
#define TEMPLATE_TEST_CASE(...) SIMULATED_TEMPLATE(__COUNTER__, __VA_ARGS__)

#define SECTION(...) if (::micropool_test::cases::enters_section())
#define GENERATE(...)                       \
  [&] {                                     \
    using namespace ::micropool_test::cases; \
    return pick(__VA_ARGS__);               \
  }()

#define CHECK(...) SIMULATED_CHECK(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__)
#define CHECK_FALSE(...) SIMULATED_CHECK(!static_cast<bool>(__VA_ARGS__), "not " #__VA_ARGS__)
#define CHECK_THAT(value, ...) SIMULATED_CHECK((__VA_ARGS__).match(value), #value ": " #__VA_ARGS__)
#define CHECK_THROWS(...)                                                                \
  SIMULATED_CHECK(::micropool_test::cases::throws_any([&]() -> decltype(auto) {          \
                    return __VA_ARGS__;                                                  \
                  }),                                                                    \
                  "throws: " #__VA_ARGS__)
#define CHECK_THROWS_AS(expression, ...)                                                 \
  SIMULATED_CHECK(                                                                       \
      ::micropool_test::cases::throws<std::remove_cvref_t<__VA_ARGS__>>([&] {            \
        static_cast<void>(expression);                                                   \
      }),                                                                                \
      "throws " #__VA_ARGS__ ": " #expression)
#define CHECK_THROWS_WITH(expression, ...)                                               \
  SIMULATED_CHECK(                                                                       \
      ::micropool_test::cases::throws_with([&] { static_cast<void>(expression); },       \
                                           __VA_ARGS__),                                 \
      "throws with " #__VA_ARGS__ ": " #expression)
#define REQUIRE CHECK
#define REQUIRE_FALSE CHECK_FALSE
#define REQUIRE_THROWS_AS CHECK_THROWS_AS
#define REQUIRE_THROWS_WITH CHECK_THROWS_WITH
// What is thrown ends the execution, as an exception that leaves the test case does.
#define REQUIRE_NOTHROW(...) static_cast<void>(__VA_ARGS__)

// A failure has an account instead.
#define CAPTURE(...) static_cast<void>(0)
#define INFO(...) static_cast<void>(0)
#define UNSCOPED_INFO(...) static_cast<void>(0)
#define WARN(...) static_cast<void>(0)
#define SUCCEED(...) static_cast<void>(0)
