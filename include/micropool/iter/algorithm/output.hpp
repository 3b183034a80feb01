// SPDX-License-Identifier: MIT OR Apache-2.0
// Where the algorithms on ranges write to.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <utility>
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

// The elements of a std::vector<bool> share words, which two threads cannot write at the same time.
template <class I>
inline constexpr bool shares_words = std::same_as<I, std::vector<bool>::iterator>;

}  // namespace detail

template <class O>
using output_iterator_t = typename detail::output_iterator_of<O>::type;

// Something whose elements may be written by several threads at the same time, and where `Value`
// can be written: a range with random access and a size, or an iterator where as much follows as is
// written.
template <class O, class Value>
concept parallel_output =
    ((std::ranges::random_access_range<O> && std::ranges::sized_range<O>) ||
     (!std::ranges::range<O> && std::random_access_iterator<output_iterator_t<O>>)) &&
    std::indirectly_writable<output_iterator_t<O>, Value> &&
    !detail::shares_words<output_iterator_t<O>>;

template <class R>
concept parallel_input = std::ranges::random_access_range<R> && std::ranges::sized_range<R>;

namespace detail {

template <class O>
auto output_begin(O& out) {
  if constexpr (std::ranges::range<O>) {
    return std::ranges::begin(out);
  } else {
    return out;
  }
}
template <class O>
std::size_t at_most_into(O& out, std::size_t n) {
  if constexpr (std::ranges::range<O>) {
    return std::min(n, static_cast<std::size_t>(std::ranges::size(out)));
  } else {
    return n;
  }
}

// What std::ranges algorithms return of an output: dangling for a range that has gone by then.
template <class O>
struct output_result {
  using type = output_iterator_t<O>;
};
template <std::ranges::range O>
struct output_result<O> {
  using type = std::ranges::borrowed_iterator_t<O>;
};
template <class O>
using output_result_t = typename output_result<O>::type;

template <class I>
I advanced(const I& i, std::size_t n) {
  return i + static_cast<std::iter_difference_t<I>>(n);
}

}  // namespace detail
}  // namespace micropool
