// SPDX-License-Identifier: MIT OR Apache-2.0
// The stage of par_range().
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace micropool::detail {

// Converts to std::uint64_t modulo 2^64, so that the difference of two numbers is their distance
// for any sign.
template <std::integral T>
constexpr std::uint64_t to_modular(T v) noexcept {
  return static_cast<std::uint64_t>(v);
}

// Like std::cmp_less, which does not accept characters.
template <std::integral A, std::integral B>
constexpr bool is_below(A a, B b) noexcept {
  if constexpr (std::is_signed_v<A> == std::is_signed_v<B>) {
    return a < b;
  } else if constexpr (std::is_signed_v<A>) {
    return a < 0 || to_modular(a) < to_modular(b);
  } else {
    return b >= 0 && to_modular(a) < to_modular(b);
  }
}

template <std::integral T>
class numbers {
public:
  static constexpr bool is_repeatable = true;
  static constexpr bool is_view = true;
  numbers(T first, std::uint64_t n) noexcept : first_(first), n_(n) {}
  std::size_t size() const noexcept { return n_; }
  T fetch(std::size_t i) const noexcept { return static_cast<T>(to_modular(first_) + i); }

private:
  T first_;
  std::uint64_t n_;
};

}  // namespace micropool::detail
