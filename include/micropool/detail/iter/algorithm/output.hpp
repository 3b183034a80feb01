// SPDX-License-Identifier: MIT OR Apache-2.0
// How the algorithms on ranges write to an output.
#pragma once

#include <micropool/iter/algorithm/output.hpp>

#include <algorithm>
#include <cstddef>
#include <ranges>

namespace micropool::detail {

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

// What std::ranges algorithms return for an output: std::ranges::dangling for a temporary range.
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

// The range that an iterator and a sentinel are passed on as.
template <class I, class S>
  requires parallel_input_iterators<I, S>
using input_of_t = std::ranges::subrange<I, S>;

}  // namespace micropool::detail
