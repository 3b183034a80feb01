// SPDX-License-Identifier: MIT OR Apache-2.0
// What par_copy() and par_transform() require of their ranges.
#pragma once

#include <micropool/detail/iter/algorithm/output.hpp>
#include <micropool/iter/algorithm/output.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <ranges>
#include <type_traits>

namespace micropool::detail {

// Returns true if both use the same memory. Only contiguous ranges can be checked.
template <class In, class Out>
bool overlap([[maybe_unused]] const In& in, [[maybe_unused]] const Out& out,
             [[maybe_unused]] std::size_t n) {
  if constexpr (std::contiguous_iterator<In> && std::contiguous_iterator<Out>) {
    const std::less<const volatile void*> before;
    const auto* const from = std::to_address(in);
    const auto* const to = std::to_address(out);
    return before(from, to + n) && before(to, from + n);
  } else {
    return false;
  }
}

template <class R, class Proj>
using projected_t = std::invoke_result_t<Proj&, std::ranges::range_reference_t<R>>;

// One condition each, because compilers explain each of several that fails.
template <class R, class O, class F, class Proj>
inline constexpr bool can_transform = requires {
  requires parallel_input<R> && std::regular_invocable<Proj&, std::ranges::range_reference_t<R>>;
  requires parallel_output<O, std::invoke_result_t<F&, projected_t<R, Proj>>>;
};
template <class I, class S, class O, class F, class Proj>
inline constexpr bool can_transform_iterators = requires {
  requires parallel_input_iterators<I, S> && can_transform<input_of_t<I, S>, O, F, Proj>;
};
template <class R1, class R2, class O, class F, class Proj1, class Proj2>
inline constexpr bool can_transform_two = requires {
  requires parallel_input<R1> && std::regular_invocable<Proj1&, std::ranges::range_reference_t<R1>>;
  requires parallel_input<R2> && std::regular_invocable<Proj2&, std::ranges::range_reference_t<R2>>;
  requires parallel_output<O, std::invoke_result_t<F&, projected_t<R1, Proj1>, projected_t<R2, Proj2>>>;
};
template <class I1, class S1, class I2, class S2, class O, class F, class Proj1, class Proj2>
inline constexpr bool can_transform_two_iterators = requires {
  requires parallel_input_iterators<I1, S1> && parallel_input_iterators<I2, S2>;
  requires can_transform_two<input_of_t<I1, S1>, input_of_t<I2, S2>, O, F, Proj1, Proj2>;
};

}  // namespace micropool::detail
