// SPDX-License-Identifier: MIT OR Apache-2.0
// par_sort, par_stable_sort: sort a range in parallel.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/algorithm/sort_range.hpp>
#include <micropool/iter/algorithm/sort_buffer.hpp>

#include <functional>
#include <iterator>
#include <ranges>
#include <utility>

namespace micropool {

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
