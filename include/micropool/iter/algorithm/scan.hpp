// SPDX-License-Identifier: MIT OR Apache-2.0
// par_inclusive_scan, par_exclusive_scan: parallel prefix sums.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/algorithm/output.hpp>
#include <micropool/detail/iter/algorithm/range_scan.hpp>
#include <micropool/iter/algorithm/output.hpp>
#include <micropool/iter/operation.hpp>

#include <concepts>
#include <functional>
#include <iterator>
#include <optional>
#include <ranges>
#include <utility>

namespace micropool {

/// What the scans return: the ends of what was read and of what was written.
template <class R, class O>
using par_scan_result =
    std::ranges::in_out_result<std::ranges::borrowed_iterator_t<R>, detail::output_result_t<O>>;

/// op of two sums, and of a sum and an element, is a sum. T is the type of sums.
template <class Op, class T, class R>
concept scans = std::movable<T> && std::copy_constructible<T> &&
                std::constructible_from<T, std::ranges::range_reference_t<R>> &&
                operates_to<Op, T, T, std::ranges::range_reference_t<R>> &&
                operates_to<Op, T, const T&, std::ranges::range_reference_t<R>> &&
                operates_to<Op, T, const T&, T>;

/// Writes out[i] = range[0] op ... op range[i], as std::inclusive_scan does, where op is
/// associative. If there is an `init`, it comes first. The input is a range, or an iterator and a
/// sentinel. out is an iterator, or a range; then the shorter of both ranges counts. It may be the
/// input itself, but must not overlap it otherwise.
///
/// ```cpp
/// const std::vector<int> v{1, 2, 3, 4};
/// std::vector<int> out(4);
/// mp::par_inclusive_scan(v, out);
/// check(out == std::vector{1, 3, 6, 10});
/// ```
///
/// Threads: any; blocks, and takes part. The threads that take part call op concurrently.
/// Errors: what op throws, and copies of elements and sums; some of out may have been written.
/// std::bad_alloc. pool_stopped.
/// Cost: one or two calls of op for each element; memory for some thousand sums at most.
/// Bits: if op rounds, the same elements give the same bits for any number of threads.
template <class R, class O, class Op = std::plus<>>
  requires parallel_input<R> && scans<Op, std::ranges::range_value_t<R>, R> &&
           parallel_output<O, const std::ranges::range_value_t<R>&>
par_scan_result<R, O> par_inclusive_scan(R&& range, O&& out, Op op = {}) {
  auto [in_end, out_end] =
      detail::scan_blocking<detail::scan_kind::inclusive, std::ranges::range_value_t<R>>(
          range, out, op, std::nullopt);
  return {std::move(in_end), std::move(out_end)};
}
template <class R, class O, class Op, class T>
  requires parallel_input<R> && scans<Op, T, R> && parallel_output<O, const T&>
par_scan_result<R, O> par_inclusive_scan(R&& range, O&& out, Op op, T init) {
  auto [in_end, out_end] = detail::scan_blocking<detail::scan_kind::inclusive, T>(
      range, out, op, std::optional<T>(std::move(init)));
  return {std::move(in_end), std::move(out_end)};
}
template <class I, class S, class O, class Op = std::plus<>>
  requires parallel_input_iterators<I, S> &&
           scans<Op, std::iter_value_t<I>, detail::input_of_t<I, S>> &&
           parallel_output<O, const std::iter_value_t<I>&>
std::ranges::in_out_result<I, detail::output_result_t<O>> par_inclusive_scan(I first, S last,
                                                                             O&& out, Op op = {}) {
  return micropool::par_inclusive_scan(
      detail::input_of_t<I, S>(std::move(first), std::move(last)), std::forward<O>(out),
      std::move(op));
}
template <class I, class S, class O, class Op, class T>
  requires parallel_input_iterators<I, S> && scans<Op, T, detail::input_of_t<I, S>> &&
           parallel_output<O, const T&>
std::ranges::in_out_result<I, detail::output_result_t<O>> par_inclusive_scan(I first, S last,
                                                                             O&& out, Op op,
                                                                             T init) {
  return micropool::par_inclusive_scan(
      detail::input_of_t<I, S>(std::move(first), std::move(last)), std::forward<O>(out),
      std::move(op), std::move(init));
}

/// Writes out[i] = init op range[0] op ... op range[i - 1], as std::exclusive_scan does; otherwise
/// as par_inclusive_scan().
template <class R, class O, class T, class Op = std::plus<>>
  requires parallel_input<R> && scans<Op, T, R> && parallel_output<O, T>
par_scan_result<R, O> par_exclusive_scan(R&& range, O&& out, T init, Op op = {}) {
  auto [in_end, out_end] = detail::scan_blocking<detail::scan_kind::exclusive, T>(
      range, out, op, std::optional<T>(std::move(init)));
  return {std::move(in_end), std::move(out_end)};
}
template <class I, class S, class O, class T, class Op = std::plus<>>
  requires parallel_input_iterators<I, S> && scans<Op, T, detail::input_of_t<I, S>> &&
           parallel_output<O, T>
std::ranges::in_out_result<I, detail::output_result_t<O>> par_exclusive_scan(I first, S last,
                                                                             O&& out, T init,
                                                                             Op op = {}) {
  return micropool::par_exclusive_scan(
      detail::input_of_t<I, S>(std::move(first), std::move(last)), std::forward<O>(out),
      std::move(init), std::move(op));
}

MICROPOOL_INSTEAD_OF_CALL(par_inclusive_scan,
                          "par_inclusive_scan(range, out), (range, out, op) or (range, out, op, init), where op(sum, "
                          "element) returns a sum and elements of out can be assigned it")
MICROPOOL_INSTEAD_OF_CALL(par_exclusive_scan,
                          "par_exclusive_scan(range, out, init) or (range, out, init, op), where op(sum, element) "
                          "returns a sum and elements of out can be assigned it")

}  // namespace micropool
