// SPDX-License-Identifier: MIT OR Apache-2.0
// par_iter: the elements of a range, or what a user's source yields.
#pragma once

#include <micropool/iter/parallel_iterator.hpp>
#include <micropool/iter/source/as_source.hpp>

#include <initializer_list>
#include <utility>
#include <vector>

namespace micropool {

// An iterator over
//   an lvalue range    references to its elements; const ones if it is const
//   an rvalue range    its elements: the source owns the range, and each element is moved out of it
//                      when it is fetched. A const range is copied first.
//   a view             what it yields. The view is copied or moved into the source (std::span and
//                      other borrowed ranges are not kept at all); elements are not moved from.
//   a user's source    what fetch(index) returns (concepts.hpp). Copied if it is an lvalue.
//   a parallel iterator, given away: the same.
// A range needs random access and a size. Its iterators, and the function of a view such as
// transform, are used by all threads at the same time, in any order, once at most for a position.
//
// Lifetime: what is an lvalue must outlive the loop. References into a view that keeps its elements
// itself (std::ranges::owning_view) end with the loop, so do not return them from it.
// Cost: none. The owned container is moved with the source, at every adaptor: O(1) but for
// std::array.
template <class R>
auto par_iter(R&& range) {
  if constexpr (detail::iterator_source<R>) {
    return std::forward<R>(range);
  } else if constexpr (par_iterable<R>) {
    return parallel_iterator(detail::as_source(std::forward<R>(range)));
  } else {
    static_assert(detail::explain_source<R>());
  }
}

// An iterator over copies of the elements.
template <class T>
auto par_iter(std::initializer_list<T> list) {
  return par_iter(std::vector<T>(list));
}

}  // namespace micropool
