// SPDX-License-Identifier: MIT OR Apache-2.0
// outcome: what a chain has given, as plain numbers. So that results of all types are compared and
// shown by the same code, which is compiled once.
#pragma once

#include <micropool/optional_ref.hpp>

#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace micropool_test {

using outcome = std::vector<std::int64_t>;

// What items throw: it tells which one it was.
struct item_error {
  std::int64_t index;
};

// The outcome of an item_error that has left the chain.
inline outcome outcome_of(const item_error& e) { return {-0x7e57, e.index}; }

namespace detail {

template <class T>
concept holds_one = requires(const T& t) {
  { t.has_value() } -> std::same_as<bool>;
  *t;
};
template <class T>
concept in_parts = requires {
  std::tuple_size<T>::value;
}
&&!std::ranges::range<T>;

}  // namespace detail

template <class T>
void put(outcome& to, const T& t) {
  if constexpr (std::integral<T> || std::is_enum_v<T>) {
    to.push_back(static_cast<std::int64_t>(t));
  } else if constexpr (std::floating_point<T>) {
    // The bits: two sums that were rounded differently are different.
    to.push_back(std::bit_cast<std::int64_t>(static_cast<double>(t)));
  } else if constexpr (detail::holds_one<T>) {
    to.push_back(t.has_value());
    if (t.has_value()) put(to, *t);
  } else if constexpr (detail::in_parts<T>) {
    std::apply([&](const auto&... part) { (put(to, part), ...); }, t);
  } else if constexpr (std::ranges::range<const T>) {
    to.push_back(static_cast<std::int64_t>(std::ranges::distance(t)));
    for (const auto& element : t) put(to, element);
  } else if constexpr (requires { *t; }) {
    put(to, *t);  // std::unique_ptr
  } else if constexpr (requires { t.min; }) {
    put(to, t.min);
    put(to, t.max);
  } else {
    // An ordering.
    to.push_back(t == 0 ? 0 : t < 0 ? -1 : t > 0 ? 1 : 2);
  }
}

template <class T>
outcome outcome_of(const T& t) {
  outcome o;
  put(o, t);
  return o;
}

}  // namespace micropool_test
