// SPDX-License-Identifier: MIT OR Apache-2.0
// What the chains of the list call. Objects, so that chains share their types and the compiler sees
// through the calls.
#pragma once

#include "outcome.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace micropool_test {

inline constexpr auto twice = [](int x) { return 2 * x; };
inline constexpr auto negated = [](int x) { return -x; };
inline constexpr auto same = [](int x) { return x; };
inline constexpr auto add_one = [](int& x) { ++x; };
inline constexpr auto is_even = [](int x) { return x % 2 == 0; };
inline constexpr auto is_positive = [](int x) { return x > 0; };
inline constexpr auto is_small = [](int x) { return x < -900; };
inline constexpr auto is_rather_small = [](int x) { return x < -990; };
inline constexpr auto is_not_rather_small = [](int x) { return x >= -990; };
inline constexpr auto is_any = [](int) { return true; };
inline constexpr auto is_none = [](int) { return false; };
inline constexpr auto last_digit = [](int x) { return (x % 10 + 10) % 10; };
inline constexpr auto bin_of = [](int x) { return static_cast<std::size_t>((x % 10 + 10) % 10); };
inline constexpr auto by_last_digit = [](int a, int b) { return last_digit(a) < last_digit(b); };
inline constexpr auto as_long = [](int x) { return std::int64_t{x}; };
inline constexpr auto as_double = [](int x) { return 1.0 / (1000 + x); };
inline constexpr auto half_if_even = [](int x) {
  return x % 2 == 0 ? std::optional(x / 2) : std::nullopt;
};
inline constexpr auto even_or_odd = [](int x) {
  return x % 2 == 0 ? std::variant<int, std::int64_t>(std::in_place_index<0>, x)
                    : std::variant<int, std::int64_t>(std::in_place_index<1>, x);
};
inline constexpr auto make_count = [] { return 0; };
inline constexpr auto count_and_double = [](int& count, int x) {
  ++count;
  return 2 * x;
};
inline constexpr auto look_at = [](int) {};
inline constexpr auto always = [](int x) { return std::optional(x + 1); };
// 0 to 3 items.
inline constexpr auto repeated = [](int x) {
  return std::vector<int>(static_cast<std::size_t>(x & 3), x);
};
inline constexpr auto with_double = [](int x) { return std::pair(x, 2 * x); };
inline constexpr auto boxed = [](int x) { return std::make_unique<int>(x); };
inline constexpr auto unboxed = [](const std::unique_ptr<int>& p) { return *p; };
inline constexpr auto length = [](const std::string& s) { return s.size(); };
// An item with its index, so that it matters which one it is.
inline constexpr auto weighted = [](std::size_t i, int x) {
  return static_cast<int>(i % 101) * 1000 + x;
};
// The elements of a piece as one number, so that it matters where it was cut.
inline constexpr auto digest = [](const auto& piece) {
  std::uint32_t d = 17;
  for (const int x : piece) d = d * 31 + static_cast<std::uint32_t>(x);
  return static_cast<int>(d % 2003) - 1001;
};
inline constexpr auto difference = [](int a, int b) { return a - b; };

inline constexpr auto by_value = [](int a, int b) { return a < b; };
inline constexpr auto reverse_order = [](int a, int b) { return b < a; };
inline constexpr auto by_first_letter = [](const std::string& a, const std::string& b) {
  return a.substr(7, 1) < b.substr(7, 1);
};

// Associative, not commutative: the last one that is not 0.
inline constexpr auto latter = [](int a, int b) { return b != 0 ? b : a; };
inline constexpr auto plus = [](auto a, auto b) { return a + b; };

// A fold in which every item's place matters: the digest of a sequence, and what a digest before it
// has to be multiplied by.
using sequence = std::array<std::uint64_t, 2>;
inline constexpr sequence no_items{0, 1};
inline constexpr auto append_item = [](sequence s, int x) {
  return sequence{s[0] * 1'000'003 + static_cast<std::uint64_t>(x), s[1] * 1'000'003};
};
inline constexpr auto append_sequence = [](sequence a, sequence b) {
  return sequence{a[0] * b[1] + b[0], a[1] * b[1]};
};

}  // namespace micropool_test
