// SPDX-License-Identifier: MIT OR Apache-2.0
// par_iter: the elements of a range, or the items of a user-defined source.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/source/as_source.hpp>
#include <micropool/iter/parallel_iterator.hpp>
#include <micropool/iter/source/par_iterable.hpp>

#include <initializer_list>
#include <utility>
#include <vector>

namespace micropool {

/// Returns an iterator over
/// - an lvalue range: references to its elements; const ones if it is const;
/// - an rvalue range: its elements. The source owns the range, and each element is moved out of it
///   when it is fetched. A const range is copied first;
/// - a view: what it yields. The view is copied or moved into the source (std::span and other
///   borrowed ranges are not kept at all); elements are not moved from;
/// - a user's source: what fetch(index) returns (concepts.hpp). Copied if it is an lvalue;
/// - a parallel iterator, passed as an rvalue: its items.
///
/// ```cpp
/// std::vector<int> numbers{1, 2, 3, 4};
/// mp::par_iter(numbers).for_each([](int& n) { n *= 10; });   // an lvalue: references
/// check(mp::par_iter(std::as_const(numbers)).sum() == 100);  // const references
/// ```
///
/// A range must have random access and a size. All threads that take part use its iterators, and
/// the function of a view such as std::views::transform, concurrently and in any order; at most
/// once for each position, unless an adaptor fetches items again.
///
/// Lifetime: an lvalue must outlive the loop. References into a view that owns its elements
/// (std::ranges::owning_view) are valid until the loop ends, so a chain must not return them.
/// Cost: none. An owned container is moved with the source, at every adaptor: O(1) except for
/// std::array.
template <par_iterable R>
auto par_iter(R&& range) {
  if constexpr (detail::iterator_source<R>) {
    return std::forward<R>(range);
  } else {
    return parallel_iterator(detail::as_source(std::forward<R>(range)));
  }
}
MICROPOOL_INSTEAD_OF_CALL(par_iter,
                          "par_iter(x), where x is a random-access range that knows its size (copy a "
                          "list, set or map into a std::vector; pass std::as_const(bits) of a "
                          "std::vector<bool>), a source with size() and fetch(index), or "
                          "std::move(iterator)")

/// Returns an iterator over copies of the elements.
template <class T>
auto par_iter(std::initializer_list<T> list) {
  return par_iter(std::vector<T>(list));
}

}  // namespace micropool
