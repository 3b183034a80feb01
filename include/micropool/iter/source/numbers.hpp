// SPDX-License-Identifier: MIT OR Apache-2.0
// par_range: the integers of an interval.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/detail/iter/source/bad_argument.hpp>
#include <micropool/detail/iter/source/numbers.hpp>
#include <micropool/iter/parallel_iterator.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>

namespace micropool {

/// What par_range() counts with: integers of any width and sign, and characters.
template <class T>
concept counting_number = std::integral<T> && !std::same_as<std::remove_cv_t<T>, bool> &&
                          sizeof(T) <= sizeof(std::uint64_t);

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
