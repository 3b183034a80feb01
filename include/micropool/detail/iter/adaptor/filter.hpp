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
class filtered : public adaptor_of<Base> {
public:
  using item_type = item_t<Base>;

  filtered(Base&& b, Predicate p) : adaptor_of<Base>(std::move(b)), predicate_(std::move(p)) {}

  std::size_t positions() const { return positions_of(this->base_); }
  auto make_local() { return local_of(this->base_); }
  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, local, first, last, [&](auto&& item) {
      return !call_with(predicate_, std::as_const(item)) ||
             sink(std::forward<decltype(item)>(item));
    });
  }

private:
  Predicate predicate_;
};

template <stage Base, class F>
class filter_mapped : public adaptor_of<Base> {
  using result = item_result_t<F, item_t<Base>>;

public:
  using item_type = content_t<result>;

  filter_mapped(Base&& b, F f) : adaptor_of<Base>(std::move(b)), f_(std::move(f)) {}

  std::size_t positions() const { return positions_of(this->base_); }
  auto make_local() { return local_of(this->base_); }
  template <class Sink>
  bool feed(local_t<Base>& local, std::size_t first, std::size_t last, Sink& sink) {
    return detail::feed(this->base_, local, first, last, [&](auto&& item) {
      auto&& r = call_with(f_, std::forward<decltype(item)>(item));
      return !static_cast<bool>(r) || sink(content_of(std::forward<result>(r)));
    });
  }

private:
  F f_;
};

}  // namespace micropool::detail
