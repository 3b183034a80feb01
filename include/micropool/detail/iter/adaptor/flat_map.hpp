// SPDX-License-Identifier: MIT OR Apache-2.0
// The stage of flat_map().
#pragma once

#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/source/stored_range.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

#include <cstddef>
#include <ranges>
#include <utility>

namespace micropool::detail {

// R is the type that the function returned. A container that was returned by value ends when its
// elements have been passed on, so they are moved out; lvalues and views yield what they refer to.
template <class R>
decltype(auto) take_element(std::ranges::iterator_t<R>& at) {
  if constexpr (owns_elements<R>) {
    return static_cast<std::ranges::range_value_t<R>>(std::ranges::iter_move(at));
  } else {
    return *at;
  }
}
template <class R>
using taken_element_t = decltype(take_element<R>(std::declval<std::ranges::iterator_t<R>&>()));

template <stage Base, class F>
class flat_mapped : public calling_adaptor<Base, F> {
  using range = item_result_t<F, item_t<Base>>;

public:
  using item_type = taken_element_t<range>;

  using calling_adaptor<Base, F>::calling_adaptor;

  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, local, first, last, [&](auto&& item) {
      auto&& elements = call_with(this->f_, std::forward<decltype(item)>(item));
      auto at = std::ranges::begin(elements);
      const auto end = std::ranges::end(elements);
      for (; at != end; ++at) {
        if (!sink(take_element<range>(at))) return false;
      }
      return true;
    });
  }
};

}  // namespace micropool::detail
