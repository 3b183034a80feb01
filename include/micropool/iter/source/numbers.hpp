// SPDX-License-Identifier: MIT OR Apache-2.0
// par_range: the integers of an interval.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/iter/parallel_iterator.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

namespace micropool {

/// What par_range() counts with: integers of any width and sign, and characters.
template <class T>
concept counting_number = std::integral<T> && !std::same_as<std::remove_cv_t<T>, bool> &&
                          sizeof(T) <= sizeof(std::uint64_t);

namespace detail {

// Converts to std::uint64_t modulo 2^64, so that the difference of two numbers is their distance
// for any sign.
template <counting_number T>
constexpr std::uint64_t to_modular(T v) noexcept {
  return static_cast<std::uint64_t>(v);
}

// Like std::cmp_less, which does not accept characters.
template <counting_number A, counting_number B>
constexpr bool is_below(A a, B b) noexcept {
  if constexpr (std::is_signed_v<A> == std::is_signed_v<B>) {
    return a < b;
  } else if constexpr (std::is_signed_v<A>) {
    return a < 0 || to_modular(a) < to_modular(b);
  } else {
    return b >= 0 && to_modular(a) < to_modular(b);
  }
}

template <counting_number T>
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

}  // namespace detail

/// Yields the numbers of [first, last) in order, as values of their common type, so that
/// par_range(0, v.size()) counts in std::size_t. Yields nothing if last is not above first.
///
/// ```cpp
/// check(mp::par_range(5).sum() == 10);       // 0 1 2 3 4
/// check(mp::par_range(-2, 3).count() == 5);  // -2 -1 0 1 2
/// ```
///
/// Errors: std::invalid_argument if first is negative and the common type is unsigned, or if there
/// are more than 2^63 numbers.
template <counting_number First, counting_number Last>
auto par_range(First first, Last last) {
  using value = std::common_type_t<First, Last>;
  std::uint64_t n = 0;
  if (detail::is_below(first, last)) {
    if (std::is_unsigned_v<value> && detail::is_below(first, 0)) [[unlikely]] {
      detail::throw_bad_argument(
          "par_range", "it cannot begin at " + std::to_string(static_cast<std::int64_t>(first)) +
                           ", because the common type of both ends is unsigned");
    }
    n = detail::to_modular(last) - detail::to_modular(first);
    detail::require_positions("par_range", n);
  }
  return parallel_iterator(detail::numbers<value>(static_cast<value>(first), n));
}

/// Yields the numbers of [0, n), and nothing if n is negative.
template <counting_number N>
auto par_range(N n) {
  return par_range(N{0}, n);
}
MICROPOOL_INSTEAD_OF_CALL(par_range, "par_range(n) or par_range(first, last), of integers")

}  // namespace micropool
