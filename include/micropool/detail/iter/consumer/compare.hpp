// SPDX-License-Identifier: MIT OR Apache-2.0
// How cmp() and its kin order two items.
#pragma once

#include <micropool/detail/iter/call_with.hpp>

#include <compare>
#include <concepts>
#include <utility>

namespace micropool::detail {

template <class T>
concept ordering = std::convertible_to<T, std::partial_ordering>;

template <class A, class B>
concept has_less = requires(const A& a, const B& b) {
  { a < b } -> std::convertible_to<bool>;
  { b < a } -> std::convertible_to<bool>;
};

// operator<=> if there is one, else the order that operator< gives.
struct three_way {
  template <class A, class B>
    requires std::three_way_comparable_with<A, B> || has_less<A, B>
  constexpr auto operator()(const A& a, const B& b) const {
    if constexpr (std::three_way_comparable_with<A, B>) {
      return a <=> b;
    } else {
      if (a < b) return std::weak_ordering::less;
      return b < a ? std::weak_ordering::greater : std::weak_ordering::equivalent;
    }
  }
};

struct as_it_is {
  template <class Order>
  constexpr Order operator()(Order order) const noexcept {
    return order;
  }
};

template <class KeyOf>
struct by_key {
  template <class A, class B>
  auto operator()(A&& a, B&& b) {
    return three_way()(call_with(key_of, std::forward<A>(a)),
                       call_with(key_of, std::forward<B>(b)));
  }
  KeyOf key_of;
};

}  // namespace micropool::detail
