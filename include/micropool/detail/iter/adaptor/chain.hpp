// SPDX-License-Identifier: MIT OR Apache-2.0
// The stages of chain(), interleave() and intersperse().
#pragma once

#include <micropool/detail/iter/adaptor/positions.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <utility>

namespace micropool::detail {

template <stage A, stage B>
class chained : public adaptor_of_two<A, B> {
public:
  using item_type = common_item_t<item_t<A>, item_t<B>>;
  using adaptor_of_two<A, B>::adaptor_of_two;

  std::size_t size() const
    requires(indexed_stage<A> && indexed_stage<B>)
  {
    return positions();
  }
  item_type fetch(std::size_t i)
    requires(indexed_stage<A> && indexed_stage<B>)
  {
    const std::size_t a = this->first_.size();
    if (i < a) return this->first_.fetch(i);
    return this->second_.fetch(i - a);
  }

  struct local {
    local_t<A> of_first;
    local_t<B> of_second;
  };

  std::size_t positions() const {
    return sum_of_sizes(positions_of(this->first_), positions_of(this->second_));
  }
  local make_local() { return {local_of(this->first_), local_of(this->second_)}; }
  template <class Sink>
  bool feed(local& l, std::size_t first, std::size_t last, Sink& sink) {
    const auto as_common = [&](auto&& item) {
      if constexpr (std::same_as<decltype(item), item_type&&>) {
        return sink(std::forward<decltype(item)>(item));
      } else {
        return sink(static_cast<item_type>(std::forward<decltype(item)>(item)));
      }
    };
    const std::size_t a = positions_of(this->first_);
    if (first < a && !detail::feed(this->first_, l.of_first, first, std::min(last, a), as_common)) {
      return false;
    }
    return last <= a ||
           detail::feed(this->second_, l.of_second, std::max(first, a) - a, last - a, as_common);
  }
};

template <indexed_stage A, indexed_stage B>
class interleaved : public adaptor_of_two<A, B> {
public:
  using item = common_item_t<item_t<A>, item_t<B>>;
  using adaptor_of_two<A, B>::adaptor_of_two;

  std::size_t size() const { return sum_of_sizes(this->first_.size(), this->second_.size()); }
  item fetch(std::size_t i) {
    const std::size_t a = this->first_.size();
    const std::size_t b = this->second_.size();
    const std::size_t pairs = std::min(a, b);
    if (i / 2 >= pairs) {
      if (a > b) return this->first_.fetch(i - pairs);
      return this->second_.fetch(i - pairs);
    }
    if (i % 2 == 0) return this->first_.fetch(i / 2);
    return this->second_.fetch(i / 2);
  }
};

template <indexed_stage Base, class Separator>
class interspersed : public adaptor_of<Base> {
public:
  using item = common_item_t<item_t<Base>, Separator>;

  interspersed(Base&& b, Separator s) : adaptor_of<Base>(std::move(b)), separator_(std::move(s)) {}

  std::size_t size() const {
    const std::size_t n = this->base_.size();
    return n == 0 ? 0 : sum_of_sizes(n, n - 1);
  }
  item fetch(std::size_t i) {
    if (i % 2 == 0) return this->base_.fetch(i / 2);
    return Separator(std::as_const(separator_));
  }

private:
  Separator separator_;
};

}  // namespace micropool::detail
