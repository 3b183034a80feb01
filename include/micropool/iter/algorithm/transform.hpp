// SPDX-License-Identifier: MIT OR Apache-2.0
// par_fill, par_copy, par_transform.
//
// All of them take a range, or an iterator and a sentinel. If ranges have different sizes, the
// shortest counts.
// Threads: any; they block, and take part. The threads that take part call the callables
// concurrently.
// Errors: what the callable, a copy or an assignment throws, of the lowest index; other elements
// may have been written. pool_stopped.
// Cost: participants take pieces that last some microseconds, and a small range runs on the calling
// thread alone.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/algorithm/each_range.hpp>
#include <micropool/detail/iter/algorithm/output.hpp>
#include <micropool/detail/iter/algorithm/transform.hpp>
#include <micropool/detail/iter/source/stored_range.hpp>
#include <micropool/iter/algorithm/output.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <ranges>
#include <utility>

namespace micropool {

/// Assigns the value to each element, as std::ranges::fill does.
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
template <class I, class S, class T>
  requires parallel_output<detail::input_of_t<I, S>, const T&>
I par_fill(I first, S last, const T& value) {
  return micropool::par_fill(detail::input_of_t<I, S>(std::move(first), std::move(last)), value);
}

/// Copies the elements to `out`, a range or an iterator, as std::ranges::copy does. As there, out
/// may end inside the range but must not begin there; the calling thread alone makes such a copy
/// within the same memory. Ranges that are not contiguous must not overlap.
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
template <class I, class S, class O>
  requires parallel_input_iterators<I, S> && parallel_output<O, std::iter_reference_t<I>>
std::ranges::copy_result<I, detail::output_result_t<O>> par_copy(I first, S last, O&& out) {
  return micropool::par_copy(detail::input_of_t<I, S>(std::move(first), std::move(last)),
                             std::forward<O>(out));
}

/// Writes out[i] = f(proj(range[i])). out is a range or an iterator, and may be the range itself.
/// Returns both ends, as std::ranges::transform does.
///
/// ```cpp
/// mp::par_transform(out, out, std::negate<>());  // in place
/// mp::par_transform(a, b, out.begin(), std::plus<>());
/// ```
template <class R, class O, class F, class Proj = std::identity>
  requires detail::can_transform<R, O, F, Proj>
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
template <class I, class S, class O, class F, class Proj = std::identity>
  requires detail::can_transform_iterators<I, S, O, F, Proj>
std::ranges::unary_transform_result<I, detail::output_result_t<O>>
par_transform(I first, S last, O&& out, F f, Proj proj = {}) {
  return micropool::par_transform(detail::input_of_t<I, S>(std::move(first), std::move(last)),
                                  std::forward<O>(out), std::move(f), std::move(proj));
}

/// Writes out[i] = f(proj1(range1[i]), proj2(range2[i])).
template <class R1, class R2, class O, class F, class Proj1 = std::identity,
          class Proj2 = std::identity>
  requires detail::can_transform_two<R1, R2, O, F, Proj1, Proj2>
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
template <class I1, class S1, class I2, class S2, class O, class F, class Proj1 = std::identity,
          class Proj2 = std::identity>
  requires detail::can_transform_two_iterators<I1, S1, I2, S2, O, F, Proj1, Proj2>
std::ranges::binary_transform_result<I1, I2, detail::output_result_t<O>>
par_transform(I1 first1, S1 last1, I2 first2, S2 last2, O&& out, F f, Proj1 proj1 = {}, Proj2 proj2 = {}) {
  return micropool::par_transform(
      detail::input_of_t<I1, S1>(std::move(first1), std::move(last1)),
      detail::input_of_t<I2, S2>(std::move(first2), std::move(last2)), std::forward<O>(out),
      std::move(f), std::move(proj1), std::move(proj2));
}

// Overloads for par_fill's own parameters: a template of any arguments would match a value that is
// not const better than par_fill does.
#define MICROPOOL_FILL_USAGE "par_fill(range, value), where value can be assigned to each element of range"
template <class R, class T>
detail::instead_write<MICROPOOL_FILL_USAGE> par_fill(R&& range, const T& value) = MICROPOOL_DELETED(MICROPOOL_FILL_USAGE);
template <class I, class S, class T>
detail::instead_write<MICROPOOL_FILL_USAGE> par_fill(I first, S last, const T& value) = MICROPOOL_DELETED(MICROPOOL_FILL_USAGE);
#undef MICROPOOL_FILL_USAGE
MICROPOOL_INSTEAD_OF_CALL(par_copy,
                          "par_copy(range, out), where range is random-access and knows its size, and out is a "
                          "range or an iterator that its elements can be assigned to")
MICROPOOL_INSTEAD_OF_CALL(par_transform,
                          "par_transform(range, out, f) or (range1, range2, out, f), where ranges are random-access "
                          "and know their size, and f(element) or f(a, b) can be assigned to elements of out")

}  // namespace micropool
