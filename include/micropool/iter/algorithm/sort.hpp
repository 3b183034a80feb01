// SPDX-License-Identifier: MIT OR Apache-2.0
// par_sort, par_stable_sort: sort a range in parallel.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/algorithm/each_range.hpp>
#include <micropool/detail/iter/algorithm/element.hpp>
#include <micropool/detail/iter/algorithm/merge_sort.hpp>
#include <micropool/detail/iter/algorithm/presorted.hpp>
#include <micropool/detail/iter/algorithm/quick_sort.hpp>
#include <micropool/detail/iter/algorithm/sample_sort.hpp>
#include <micropool/detail/task/run_task.hpp>
#include <micropool/iter/algorithm/sort_buffer.hpp>

#include <cstddef>
#include <functional>
#include <iterator>
#include <ranges>
#include <utility>
#include <vector>

namespace micropool {
namespace detail {

enum class stability { none, stable };

// Makes an lvalue of a default argument, which lives until the call has returned.
inline sort_buffer& for_this_call(sort_buffer&& temporary) noexcept {
  return static_cast<sort_buffer&>(temporary);
}

// Requires elements whose moves do not throw.
template <stability S, class I, class Less>
task<> sort_elements(I first, std::size_t n, Less& less, sort_buffer& memory) {
  constexpr std::size_t few = 24;
  const I last = first + static_cast<std::iter_difference_t<I>>(n);
  if (n <= few) {
    insertion_sort(first, last, less);
    co_return;
  }
  const existing_order order = co_await order_of(first, n, less);
  if (order == existing_order::ascending) co_return;
  if (order == existing_order::descending) {
    co_await reverse_range(first, n);
    co_return;
  }
  const std::size_t threads = participants_here();
  if (S == stability::stable || (threads > 1 && has_few_runs(first, n, less))) {
    merge_sort<I, Less> sort(first, n, less, memory, threads);
    co_await sort.run();
  } else if (n < sample_sort<I, Less>::smallest || threads == 1) {
    quick_sort(first, last, less);
  } else {
    sample_sort<I, Less> sort(first, n, less, memory);
    co_await sort.run();
  }
}

// Compares elements, given their positions.
template <class I, class Less>
struct at_positions {
  I first;
  Less& less;
  bool operator()(std::size_t a, std::size_t b) {
    return less(first[static_cast<std::iter_difference_t<I>>(a)],
                first[static_cast<std::iter_difference_t<I>>(b)]);
  }
};

// Moves element from[i] to place i, for all i. Each element moves once, and one of each cycle
// twice.
template <class I>
void permute(I first, std::vector<std::size_t>& from) {
  const auto at = [first](std::size_t i) {
    return first + static_cast<std::iter_difference_t<I>>(i);
  };
  for (std::size_t begin = 0; begin < from.size(); ++begin) {
    if (from[begin] == begin) continue;
    std::iter_value_t<I> out = std::ranges::iter_move(at(begin));
    std::size_t to = begin;
    for (std::size_t next = from[to]; next != begin; next = from[to]) {
      *at(to) = std::ranges::iter_move(at(next));
      from[to] = to;
      to = next;
    }
    *at(to) = std::move(out);
    from[to] = to;
  }
}

template <stability S, class I, class Less>
task<> sort_range(I first, std::size_t n, Less less, sort_buffer& memory) {
  if constexpr (moves_safely<I>) {
    co_await sort_elements<S>(first, n, less, memory);
  } else {
    // No element may be lost if a move throws. So positions are sorted, and then this thread moves
    // the elements, with no comparison in between.
    std::vector<std::size_t> from(n);
    for (std::size_t i = 0; i < n; ++i) from[i] = i;
    at_positions<I, Less> of_positions{first, less};
    co_await sort_elements<S>(from.data(), n, of_positions, memory);
    permute(first, from);
  }
}

template <stability S, class R, class Comp, class Proj>
void sort_blocking(R& range, Comp comp, Proj proj, sort_buffer& memory) {
  const auto n = static_cast<std::size_t>(std::ranges::distance(range));
  projected_order<Comp, Proj> less{std::move(comp), std::move(proj)};
  if constexpr (std::ranges::contiguous_range<R>) {
    run_task(sort_range<S>(std::ranges::data(range), n, std::move(less), memory), nullptr);
  } else {
    run_task(sort_range<S>(std::ranges::begin(range), n, std::move(less), memory), nullptr);
  }
}

}  // namespace detail

/// A range that std::ranges::sort accepts. One condition, because compilers explain each of several
/// that fails.
template <class R, class Comp, class Proj>
inline constexpr bool sortable_range = requires {
  requires std::ranges::random_access_range<R>;
  requires std::sortable<std::ranges::iterator_t<R>, Comp, Proj>;
};
/// An iterator and a sentinel that std::ranges::sort accepts.
template <class I, class S, class Comp, class Proj>
inline constexpr bool sortable_iterators = std::random_access_iterator<I> &&
                                           std::sentinel_for<S, I> && std::sortable<I, Comp, Proj>;

/// Sorts as std::ranges::sort does; elements that compare equal end in any order. Takes a range, or
/// an iterator and a sentinel.
///
/// ```cpp
/// mp::par_sort(people, {}, &person::name);                            // as std::ranges::sort
/// mp::par_stable_sort(people, std::ranges::greater(), &person::age);  // equal ages stay in order
/// ```
///
/// A comparator should be a strict weak order. With another one (< of numbers with NaNs among them,
/// <=, one whose answers change) the order of the result is unspecified, and nothing else is: the
/// sort ends after O(n log n) comparisons, and the range has all its elements.
///
/// Threads: any; blocks, and takes part. The threads that take part call comp and proj
/// concurrently. Other threads must not use the elements meanwhile.
/// Errors: what comp or proj throws; then the range has all its elements, in some order. What
/// moving an element throws; then elements may have been moved from, as with std::ranges::sort.
/// std::bad_alloc, before anything is moved. pool_stopped.
/// Cost: O(n log n) comparisons; O(n) for input in order or in reverse order. Memory for the
/// elements once more, and a byte for each. Elements whose moves may throw, or that are reached
/// through a proxy whose moves may, are sorted by position, with twice as many words of memory, and
/// moved by the calling thread. A sort_buffer that is passed keeps the memory for the next sort.
/// Sources: sample_sort.hpp; quick_sort.hpp; merge_sort.hpp, for input that is a few runs.
template <class R, class Comp = std::ranges::less, class Proj = std::identity>
  requires sortable_range<R, Comp, Proj>
std::ranges::borrowed_iterator_t<R> par_sort(R&& range, Comp comp = {}, Proj proj = {},
                                             sort_buffer& memory = detail::for_this_call({})) {
  detail::sort_blocking<detail::stability::none>(range, std::move(comp), std::move(proj), memory);
  return std::ranges::next(std::ranges::begin(range), std::ranges::end(range));
}
template <class I, class S, class Comp = std::ranges::less, class Proj = std::identity>
  requires sortable_iterators<I, S, Comp, Proj>
I par_sort(I first, S last, Comp comp = {}, Proj proj = {},
           sort_buffer& memory = detail::for_this_call({})) {
  return micropool::par_sort(std::ranges::subrange(std::move(first), std::move(last)),
                             std::move(comp), std::move(proj), memory);
}

/// The same; elements that compare equal keep their order.
/// Source: merge_sort.hpp.
template <class R, class Comp = std::ranges::less, class Proj = std::identity>
  requires sortable_range<R, Comp, Proj>
std::ranges::borrowed_iterator_t<R> par_stable_sort(R&& range, Comp comp = {}, Proj proj = {},
                                                    sort_buffer& memory = detail::for_this_call({})) {
  detail::sort_blocking<detail::stability::stable>(range, std::move(comp), std::move(proj), memory);
  return std::ranges::next(std::ranges::begin(range), std::ranges::end(range));
}
template <class I, class S, class Comp = std::ranges::less, class Proj = std::identity>
  requires sortable_iterators<I, S, Comp, Proj>
I par_stable_sort(I first, S last, Comp comp = {}, Proj proj = {},
                  sort_buffer& memory = detail::for_this_call({})) {
  return micropool::par_stable_sort(std::ranges::subrange(std::move(first), std::move(last)),
                                    std::move(comp), std::move(proj), memory);
}

MICROPOOL_INSTEAD_OF_CALL(par_sort,
                          "par_sort(range), par_sort(range, less) or par_sort(range, less, key), where range is "
                          "random-access and can be written, and less(a, b) compares two elements or keys")
MICROPOOL_INSTEAD_OF_CALL(par_stable_sort,
                          "par_stable_sort(range), (range, less) or (range, less, key), where range is "
                          "random-access and can be written, and less(a, b) compares two elements or keys")

}  // namespace micropool
