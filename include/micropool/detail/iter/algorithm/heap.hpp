// SPDX-License-Identifier: MIT OR Apache-2.0
// A binary heap in a range. No element is greater than the one on top.
//
// Elements are moved by exchanges, so that each is in the range whenever a comparison is made; and
// loops are bounded by positions, so that no answer of a comparator leads out of the range.
// std::push_heap and its kin promise neither.
#pragma once

#include <micropool/detail/iter/algorithm/element.hpp>

#include <cstddef>

namespace micropool::detail {

// In a heap of n elements, exchanges the one at `at` downwards until none of its children is
// greater.
template <class I, class Less>
void sift_down(I first, std::ptrdiff_t at, std::ptrdiff_t n, Less& less) {
  for (std::ptrdiff_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
    if (child + 1 < n && less(first[child], first[child + 1])) ++child;
    if (!less(first[at], first[child])) return;
    exchange_elements(first + at, first + child);
    at = child;
  }
}

// Exchanges the element at `at` upwards until its parent is not less.
template <class I, class Less>
void sift_up(I first, std::ptrdiff_t at, Less& less) {
  while (at > 0) {
    const std::ptrdiff_t parent = (at - 1) / 2;
    if (!less(first[parent], first[at])) return;
    exchange_elements(first + at, first + parent);
    at = parent;
  }
}

// Turns a heap into a sorted range.
template <class I, class Less>
void sort_heap(I first, I last, Less& less) {
  for (std::ptrdiff_t i = last - first; i-- > 1;) {
    exchange_elements(first, first + i);
    sift_down(first, 0, i, less);
  }
}

// Makes O(n log n) comparisons, whatever they return.
template <class I, class Less>
void heap_sort(I first, I last, Less& less) {
  const std::ptrdiff_t n = last - first;
  for (std::ptrdiff_t i = n / 2; i-- > 0;) sift_down(first, i, n, less);
  micropool::detail::sort_heap(first, last, less);
}

}  // namespace micropool::detail
