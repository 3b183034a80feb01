// SPDX-License-Identifier: MIT OR Apache-2.0
// The one way to include Catch2: works with 2.13 and with 3.x. Its assertions are not thread-safe:
// other threads record what they saw, the thread of the test case asserts it.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

namespace micropool_test {

// For REQUIRE_THROWS_WITH and REQUIRE_THAT: the text occurs somewhere.
inline auto contains(const std::string& text) {
#if __has_include(<catch2/catch_test_macros.hpp>)
  return Catch::Matchers::ContainsSubstring(text);
#else
  return Catch::Matchers::Contains(text);
#endif
}

}  // namespace micropool_test
