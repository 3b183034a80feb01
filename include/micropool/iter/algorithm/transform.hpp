// SPDX-License-Identifier: MIT OR Apache-2.0
// par_fill, par_copy, par_transform.
//
// All of them block and take part; they are called from any thread. What they call is called by all
// threads that take part, at the same time. Where ranges have different sizes, the shortest counts.
// Errors: what the callable, a copy or an assignment throws, of the lowest index; other elements
// may have been written. pool_stopped. Cost: a piece of the range lasts some microseconds, and a
// small range runs on the calling thread alone.
#pragma once

#include <micropool/iter/algorithm/each_range.hpp>
#include <micropool/iter/algorithm/output.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <utility>

namespace micropool {
namespace detail {

// Of the same memory. Ranges without contiguous memory cannot be told to overlap.
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

}  // namespace detail

// Assigns the value to each element, as std::ranges::fill does.
template <class R, class T>
  requires parallel_output<R, const T&> && std::ranges::range<R>
std::ranges::borrowed_iterator_t<R> par_fill(R&& range, const T& value) {
  const auto n = static_cast<std::size_t>(std::ranges::size(range));
  const auto begin = std::ranges::begin(range);
  detail::run_each_range(n, [begin, &value](std::size_t first, std::size_t last) {
    std::ranges::fill(detail::advanced(begin, first), detail::advanced(begin, last), value);
  });
  return detail::advanced(begin, n);
}

// Copies the elements to `out`, a range or an iterator, as std::ranges::copy does. As there, out
// may end inside the range but not begin there; such a copy in the same memory is made by the
// calling thread alone. Ranges that are not contiguous must not overlap.
template <class R, class O>
  requires parallel_input<R> && parallel_output<O, std::ranges::range_reference_t<R>>
std::ranges::copy_result<std::ranges::borrowed_iterator_t<R>, detail::output_result_t<O>> par_copy(
    R&& range, O&& out) {
  const auto n = detail::at_most_into(out, static_cast<std::size_t>(std::ranges::size(range)));
  const auto from = std::ranges::begin(range);
  const auto to = detail::output_begin(out);
  const auto copy = [from, to](std::size_t first, std::size_t last) {
    std::ranges::copy(detail::advanced(from, first), detail::advanced(from, last),
                      detail::advanced(to, first));
  };
  if (detail::overlap(from, to, n)) {
    copy(0, n);
  } else {
    detail::run_each_range(n, copy);
  }
  return {detail::advanced(from, n), detail::advanced(to, n)};
}

// out[i] = f(proj(range[i])), where out is a range or an iterator, and may be the range itself.
// Returns both ends, as std::ranges::transform does.
template <class R, class O, class F, class Proj = std::identity>
  requires parallel_input<R> && std::regular_invocable<Proj&, std::ranges::range_reference_t<R>> &&
           std::invocable<F&, std::invoke_result_t<Proj&, std::ranges::range_reference_t<R>>> &&
           parallel_output<O,
                           std::invoke_result_t<
                               F&, std::invoke_result_t<Proj&, std::ranges::range_reference_t<R>>>>
std::ranges::unary_transform_result<std::ranges::borrowed_iterator_t<R>, detail::output_result_t<O>>
par_transform(R&& range, O&& out, F f, Proj proj = {}) {
  const auto n = detail::at_most_into(out, static_cast<std::size_t>(std::ranges::size(range)));
  const auto from = std::ranges::begin(range);
  const auto to = detail::output_begin(out);
  detail::run_each_range(n, [from, to, &f, &proj](std::size_t first, std::size_t last) {
    auto in = detail::advanced(from, first);
    auto result = detail::advanced(to, first);
    for (std::size_t i = first; i != last; ++i, ++in, ++result) {
      *result = std::invoke(f, std::invoke(proj, *in));
    }
  });
  return {detail::advanced(from, n), detail::advanced(to, n)};
}

// out[i] = f(proj1(range1[i]), proj2(range2[i])).
template <class R1, class R2, class O, class F, class Proj1 = std::identity,
          class Proj2 = std::identity>
  requires parallel_input<R1> && parallel_input<R2> &&
           std::regular_invocable<Proj1&, std::ranges::range_reference_t<R1>> &&
           std::regular_invocable<Proj2&, std::ranges::range_reference_t<R2>> &&
           std::invocable<F&, std::invoke_result_t<Proj1&, std::ranges::range_reference_t<R1>>,
                          std::invoke_result_t<Proj2&, std::ranges::range_reference_t<R2>>> &&
           parallel_output<O,
                           std::invoke_result_t<
                               F&, std::invoke_result_t<Proj1&, std::ranges::range_reference_t<R1>>,
                               std::invoke_result_t<Proj2&, std::ranges::range_reference_t<R2>>>>
std::ranges::binary_transform_result<std::ranges::borrowed_iterator_t<R1>,
                                     std::ranges::borrowed_iterator_t<R2>,
                                     detail::output_result_t<O>>
par_transform(R1&& range1, R2&& range2, O&& out, F f, Proj1 proj1 = {}, Proj2 proj2 = {}) {
  const auto n =
      detail::at_most_into(out, std::min(static_cast<std::size_t>(std::ranges::size(range1)),
                                         static_cast<std::size_t>(std::ranges::size(range2))));
  const auto from1 = std::ranges::begin(range1);
  const auto from2 = std::ranges::begin(range2);
  const auto to = detail::output_begin(out);
  detail::run_each_range(
      n, [from1, from2, to, &f, &proj1, &proj2](std::size_t first, std::size_t last) {
        auto in1 = detail::advanced(from1, first);
        auto in2 = detail::advanced(from2, first);
        auto result = detail::advanced(to, first);
        for (std::size_t i = first; i != last; ++i, ++in1, ++in2, ++result) {
          *result = std::invoke(f, std::invoke(proj1, *in1), std::invoke(proj2, *in2));
        }
      });
  return {detail::advanced(from1, n), detail::advanced(from2, n), detail::advanced(to, n)};
}

}  // namespace micropool
