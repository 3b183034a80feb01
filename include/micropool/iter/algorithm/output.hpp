// SPDX-License-Identifier: MIT OR Apache-2.0
// What the algorithms on ranges write to and read from.
#pragma once

#include <concepts>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <vector>

namespace micropool {
namespace detail {

template <class O>
struct output_iterator_of {
  using type = std::decay_t<O>;
};
template <std::ranges::range O>
struct output_iterator_of<O> {
  using type = std::ranges::iterator_t<O>;
};

// The elements of a std::vector<bool> share words, which two threads must not write concurrently.
template <class I>
inline constexpr bool shares_words = std::same_as<I, std::vector<bool>::iterator>;

}  // namespace detail

/// The iterator through which an output is written: that of a range, or the output itself.
template <class O>
using output_iterator_t = typename detail::output_iterator_of<O>::type;

/// An output to which several threads may write `Value`s concurrently: a range with random access
/// and a size, or an iterator that is followed by as many elements as are written.
template <class O, class Value>
concept parallel_output =
    ((std::ranges::random_access_range<O> && std::ranges::sized_range<O>) ||
     (!std::ranges::range<O> && std::random_access_iterator<output_iterator_t<O>>)) &&
    std::indirectly_writable<output_iterator_t<O>, Value> &&
    !detail::shares_words<output_iterator_t<O>>;

/// A range that the algorithms can read: it has random access and a size.
template <class R>
concept parallel_input = std::ranges::random_access_range<R> && std::ranges::sized_range<R>;
/// The same as an iterator and a sentinel.
template <class I, class S>
concept parallel_input_iterators =
    std::random_access_iterator<I> && std::sized_sentinel_for<S, I>;

}  // namespace micropool
