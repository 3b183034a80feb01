// SPDX-License-Identifier: MIT OR Apache-2.0
// sort_range: chooses how a range is sorted.
#pragma once

#include <micropool/detail/iter/algorithm/element.hpp>
#include <micropool/detail/iter/algorithm/merge_sort.hpp>
#include <micropool/detail/iter/algorithm/presorted.hpp>
#include <micropool/detail/iter/algorithm/quick_sort.hpp>
#include <micropool/detail/iter/algorithm/sample_sort.hpp>
#include <micropool/detail/task/run_task.hpp>
#include <micropool/iter/algorithm/sort_buffer.hpp>

#include <cstddef>
#include <iterator>
#include <ranges>
#include <utility>
#include <vector>

namespace micropool::detail {

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

}  // namespace micropool::detail
