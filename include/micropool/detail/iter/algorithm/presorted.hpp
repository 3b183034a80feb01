// SPDX-License-Identifier: MIT OR Apache-2.0
// Input that is already in order, or in reverse order: one look at each element instead of a sort.
#pragma once

#include <micropool/detail/iter/algorithm/each_range.hpp>
#include <micropool/detail/iter/algorithm/element.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <iterator>

namespace micropool::detail {

enum class existing_order { none, ascending, descending };

// Returns whether all neighbours compare as the first two do: not descending, or strictly
// descending. On input without order it usually looks at some of the first elements only, and runs
// no loop.
template <class I, class Less>
task<existing_order> order_of(I first, std::size_t n, Less& less) {
  if (n < 2) co_return existing_order::ascending;
  const auto at = [first](std::size_t i) {
    return first + static_cast<std::iter_difference_t<I>>(i);
  };
  const bool descending = less(*at(1), *first);
  std::atomic<bool> wrong = false;
  // No branch for each element, so that a compiler may compare several at a time.
  constexpr std::size_t few = 64;
  const auto check = [&](std::size_t from, std::size_t to) {
    while (from != to) {
      bool same = true;
      for (const std::size_t next = std::min(to, from + few); from != next; ++from) {
        same &= less(*at(from + 1), *at(from)) == descending;
      }
      if (!same) return wrong.store(true, std::memory_order_relaxed);
    }
  };
  check(0, std::min(few, n - 1));
  if (!wrong.load(std::memory_order_relaxed) && n - 1 > few) {
    const auto check_rest = [&](std::size_t from, std::size_t to) {
      if (!wrong.load(std::memory_order_relaxed)) check(few + from, few + to);
    };
    each_range l(chunking::per(n - 1 - few, 1), check_rest);
    co_await run_of_loop(l);
    l.rethrow();
  }
  if (wrong.load(std::memory_order_relaxed)) co_return existing_order::none;
  co_return descending ? existing_order::descending : existing_order::ascending;
}

// Returns true if samples from the whole range rise and fall as those of a few runs do: then
// merging takes fewer comparisons than sorting afresh.
template <class I, class Less>
bool has_few_runs(I first, std::size_t n, Less& less) {
  constexpr std::size_t probes = 128, few = 6;
  if (n < probes) return false;
  std::size_t changes = 0;
  bool descending = false;
  for (std::size_t i = 1; i < probes && changes <= few; ++i) {
    const I before = first + static_cast<std::iter_difference_t<I>>((i - 1) * (n / probes));
    const bool d = less(before[static_cast<std::iter_difference_t<I>>(n / probes)], *before);
    changes += d != descending;
    descending = d;
  }
  return changes <= few;
}

template <class I>
task<> reverse_range(I first, std::size_t n) {
  const auto exchange = [first, n](std::size_t from, std::size_t to) noexcept {
    for (; from != to; ++from) {
      exchange_elements(first + static_cast<std::iter_difference_t<I>>(from),
                             first + static_cast<std::iter_difference_t<I>>(n - 1 - from));
    }
  };
  each_range l(chunking::per(n / 2, 1), exchange);
  co_await run_of_loop(l);
}

}  // namespace micropool::detail
