// SPDX-License-Identifier: MIT OR Apache-2.0
// A serial sort, not stable. Unlike std::sort it loses no element when a comparison throws, and it
// is about twice as fast on cheap elements.
//
// A comparator may turn out to be no strict weak order: < is none if there are NaNs, and <= never
// is one. std::sort then reads beyond the range, because only a larger element ends its scans. Here
// each scan is bounded by position, and comparisons decide only which elements are exchanged and
// where a range is cut. So the sort ends and leaves a permutation, whatever the comparator returns,
// as the sorts of Rust's standard library do.
//
// Invariants
//   Q1  Comparisons read elements of the whole range, never the free place of a hole.
//   Q2  Elements move by exchanges and through holes, so each is in the range once, or in a hole
//       that puts it back.
//   Q3  A cut takes off at least the pivot. A cut that takes off less than an eighth is bad, and
//       after log n bad ones on the way to a range heap sort takes over, whose steps are counted by
//       positions.
//
// Sources: Peters, "Pattern-defeating Quicksort", 2021; Edelkamp and Weiss, "BlockQuicksort: How
// Branch Mispredictions don't affect Quicksort", ESA 2016.
#pragma once

#include <micropool/detail/iter/algorithm/element.hpp>
#include <micropool/detail/iter/algorithm/heap.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <iterator>

namespace micropool::detail {

// With a limit on moves, stops and returns false once the range turns out not to be nearly sorted.
template <bool Limited, class I, class Less>
bool sort_by_insertion(I first, I last, Less& less) {
  constexpr std::ptrdiff_t most_moves = 8;
  std::ptrdiff_t moves = 0;
  if (first == last) return true;
  for (I i = first + 1; i != last; ++i) {
    if (!less(*i, *(i - 1))) continue;
    if (Limited && moves > most_moves) return false;
    hole<I> h(i);
    I j = i - 1;
    h.fill_from(j);
    for (; j != first && less(h.value(), *(j - 1)); --j) h.fill_from(j - 1);
    if constexpr (Limited) moves += i - j;
  }
  return true;
}
template <class I, class Less>
void insertion_sort(I first, I last, Less& less) {
  sort_by_insertion<false>(first, last, less);
}

// Exchanges elements so that `b` is the median of three.
template <class I, class Less>
void sort_three(I a, I b, I c, Less& less) {
  if (less(*b, *a)) exchange_elements(a, b);
  if (!less(*c, *b)) return;
  exchange_elements(b, c);
  if (less(*b, *a)) exchange_elements(a, b);
}

// Puts a median of some elements first. Afterwards an element that is not smaller is last, or near
// the end.
template <class I, class Less>
void choose_pivot(I first, I last, Less& less) {
  constexpr std::ptrdiff_t nine_from = 128;
  const std::ptrdiff_t half = (last - first) / 2;
  if (last - first > nine_from) {
    sort_three(first, first + half, last - 1, less);
    sort_three(first + 1, first + (half - 1), last - 2, less);
    sort_three(first + 2, first + (half + 1), last - 3, less);
    sort_three(first + (half - 1), first + half, first + (half + 1), less);
    exchange_elements(first, first + half);
  } else {
    sort_three(first + half, first, last - 1, less);
  }
}

// Brings the elements of [first, last) that are smaller than the pivot to the front, and returns
// the end of these. The elements on the wrong side are first recorded, for a block of each side,
// without a branch that depends on a comparison.
template <class I, class T, class Less>
I partition_blocks(I first, I last, T& pivot, Less& less) {
  constexpr std::ptrdiff_t block = 64;
  unsigned char left[block];
  unsigned char right[block];
  I left_base = first, right_base = last;
  std::ptrdiff_t lefts = 0, rights = 0, left_from = 0, right_from = 0;

  while (first < last) {
    const std::ptrdiff_t unknown = last - first;
    const std::ptrdiff_t left_part = lefts != 0 ? 0 : rights != 0 ? unknown : unknown / 2;
    const std::ptrdiff_t right_part = rights != 0 ? 0 : unknown - left_part;
    if (left_part > 0) {
      const std::ptrdiff_t n = std::min(block, left_part);
      for (std::ptrdiff_t i = 0; i < n; ++i) {
        left[lefts] = static_cast<unsigned char>(i);
        lefts += !less(*first, pivot);
        ++first;
      }
    }
    if (right_part > 0) {
      const std::ptrdiff_t n = std::min(block, right_part);
      for (std::ptrdiff_t i = 1; i <= n; ++i) {
        right[rights] = static_cast<unsigned char>(i);
        --last;
        rights += less(*last, pivot);
      }
    }
    const std::ptrdiff_t pairs = std::min(lefts, rights);
    for (std::ptrdiff_t i = 0; i < pairs; ++i) {
      exchange_elements(left_base + left[left_from + i], right_base - right[right_from + i]);
    }
    lefts -= pairs;
    rights -= pairs;
    left_from = lefts == 0 ? 0 : left_from + pairs;
    right_from = rights == 0 ? 0 : right_from + pairs;
    if (lefts == 0) left_base = first;
    if (rights == 0) right_base = last;
  }
  while (lefts-- > 0) exchange_elements(left_base + left[left_from + lefts], --last);
  if (first > last) return last;
  while (rights-- > 0) {
    exchange_elements(right_base - right[right_from + rights], first);
    ++first;
  }
  return first;
}

template <class I>
struct pivot_place {
  I pivot;
  bool was_already;
};

// Partitions around the first element: smaller elements come before it.
template <class I, class Less>
pivot_place<I> partition_right(I begin, I end, Less& less) {
  hole<I> h(begin);
  auto& pivot = h.value();
  I first = begin, last = end;
  do ++first;
  while (first != last && less(*first, pivot));
  if (first != last) {
    do --last;
    while (first != last && !less(*last, pivot));
  }
  const bool was_already = first == last;
  if (!was_already) {
    exchange_elements(first, last);
    ++first;
    if constexpr (is_cheap<std::iter_value_t<I>>) {
      first = partition_blocks(first, last, pivot, less);
    } else {
      for (;;) {
        while (first != last && less(*first, pivot)) ++first;
        if (first == last) break;
        do --last;
        while (first != last && !less(*last, pivot));
        if (first == last) break;
        exchange_elements(first, last);
        ++first;
      }
    }
  }
  const I place = first - 1;
  if (place != begin) h.fill_from(place);
  return {place, was_already};
}

// Partitions a range in which no element is smaller than the first: elements that equal it come
// before the others. Returns the last of these.
template <class I, class Less>
I partition_left(I begin, I end, Less& less) {
  hole<I> h(begin);
  auto& pivot = h.value();
  I first = begin, last = end;
  do --last;
  while (first != last && less(pivot, *last));
  while (first != last) {
    do ++first;
    while (first != last && !less(pivot, *first));
    if (first == last) break;
    exchange_elements(first, last);
    do --last;
    while (first != last && less(pivot, *last));
  }
  if (last != begin) h.fill_from(last);
  return last;
}

// Exchanges a few elements of a part that came out too large or too small, to break its pattern.
template <class I>
void break_pattern(I first, I last) {
  const std::ptrdiff_t n = last - first;
  if (n < 24) return;
  exchange_elements(first, first + n / 4);
  exchange_elements(last - 1, last - n / 4);
}

template <class I, class Less>
void quick_sort_loop(I first, I last, Less& less, int bad_ones, bool leftmost) {
  constexpr std::ptrdiff_t small = 24;
  while (last - first > small) {
    choose_pivot(first, last, less);
    // The pivot before is not less, so this one equals it, and all elements that equal it are in
    // place after this cut.
    const std::ptrdiff_t n = last - first;
    if (!leftmost && !less(*(first - 1), *first)) {
      const I rest = partition_left(first, last, less) + 1;
      const bool is_bad = rest - first < n / 8;
      first = rest;
      if (is_bad && --bad_ones == 0) return heap_sort(first, last, less);
      continue;
    }
    const auto [pivot, was_already] = partition_right(first, last, less);
    if (std::min(pivot - first, last - (pivot + 1)) < n / 8) {
      if (--bad_ones == 0) return heap_sort(first, last, less);
      break_pattern(first, pivot);
      break_pattern(pivot + 1, last);
    } else if (was_already && sort_by_insertion<true>(first, pivot, less) &&
               sort_by_insertion<true>(pivot + 1, last, less)) {
      return;
    }
    quick_sort_loop(first, pivot, less, bad_ones, leftmost);
    first = pivot + 1;
    leftmost = false;
  }
  insertion_sort(first, last, less);
}

// Makes O(n log n) comparisons, whatever they return. Moves must not throw; comparisons may, and
// then leave a permutation.
template <class I, class Less>
void quick_sort(I first, I last, Less& less) {
  const auto depth = static_cast<int>(std::bit_width(static_cast<std::size_t>(last - first)));
  quick_sort_loop(first, last, less, depth, true);
}

}  // namespace micropool::detail
