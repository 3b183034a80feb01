// SPDX-License-Identifier: MIT OR Apache-2.0
// The stages of filter() and filter_map().
#pragma once

#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/optional_like.hpp>

#include <cstddef>
#include <utility>

namespace micropool::detail {

template <stage Base, class Predicate>
class filtered : public calling_adaptor<Base, Predicate> {
public:
  using item_type = item_t<Base>;

  using calling_adaptor<Base, Predicate>::calling_adaptor;

  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, local, first, last, [&](auto&& item) {
      return !call_with(this->f_, std::as_const(item)) ||
             sink(std::forward<decltype(item)>(item));
    });
  }
};

template <stage Base, class F>
class filter_mapped : public calling_adaptor<Base, F> {
  using result = item_result_t<F, item_t<Base>>;

public:
  using item_type = content_t<result>;

  using calling_adaptor<Base, F>::calling_adaptor;

  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, local, first, last, [&](auto&& item) {
      auto&& r = call_with(this->f_, std::forward<decltype(item)>(item));
      return !static_cast<bool>(r) || sink(content_of(std::forward<result>(r)));
    });
  }
};

}  // namespace micropool::detail
