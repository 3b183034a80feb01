// SPDX-License-Identifier: MIT OR Apache-2.0
// Two chains side by side: pairs of items at the same position, up to the end of the shorter one.
#pragma once

#include <micropool/detail/iter/reduction.hpp>
#include <micropool/detail/iter/stage.hpp>

#include <algorithm>
#include <compare>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace micropool::detail {

template <class A, class B>
struct item_pair {
  A left;
  B right;
};

// Refers to two stages, which must have been prepared, and must outlive it.
template <indexed_stage A, indexed_stage B>
class pairwise {
public:
  pairwise(A& a, B& b) noexcept : left_(std::addressof(a)), right_(std::addressof(b)) {}
  std::size_t size() const { return std::min<std::size_t>(left_->size(), right_->size()); }
  item_pair<item_t<A>, item_t<B>> fetch(std::size_t i) const {
    return {left_->fetch(i), right_->fetch(i)};
  }

private:
  A* left_;
  B* right_;
};

// The first pair that is not equivalent decides.
template <class Order, class F>
struct order_consumer {
  using part = Order;
  static constexpr auto combines = combine_order::unordered;
  static constexpr auto stops = early_exit::lowest_index;

  Order identity() const noexcept { return Order::equivalent; }
  template <class A, class B>
  bool accept(Order& order, item_pair<A, B>&& pair) {
    order = std::invoke(f, std::forward<A>(pair.left), std::forward<B>(pair.right));
    return order == 0;
  }
  void combine(Order&, Order&&) const noexcept {}
  Order result(Order&& order) const noexcept { return order; }

  F f;
};

// `answer` maps the final ordering to the result (o < 0 for lt()).
template <class Order, class A, class B, class F, class Answer>
task<std::invoke_result_t<Answer, Order>> ordered(A a, B b, F f, Answer answer, loop_settings how) {
  if constexpr (prepared_stage<A>) co_await a.prepare();
  if constexpr (prepared_stage<B>) co_await b.prepare();
  order_consumer<Order, F> consumer{std::move(f)};
  Order order = co_await consume(pairwise<A, B>(a, b), std::move(consumer), std::move(how));
  if (order == 0) order = std::size_t{a.size()} <=> std::size_t{b.size()};
  co_return answer(order);
}

struct equality_consumer {
  using part = bool;
  static constexpr auto combines = combine_order::unordered;
  static constexpr auto stops = early_exit::any;

  bool identity() const noexcept { return true; }
  template <class A, class B>
  bool accept(bool& equal, item_pair<A, B>&& pair) const {
    equal = static_cast<bool>(std::as_const(pair.left) == std::as_const(pair.right));
    return equal;
  }
  void combine(bool&, bool&&) const noexcept {}
  bool result(bool&& equal) const noexcept { return equal; }
};

template <class A, class B>
task<bool> equal(A a, B b, bool wanted, loop_settings how) {
  if constexpr (prepared_stage<A>) co_await a.prepare();
  if constexpr (prepared_stage<B>) co_await b.prepare();
  if (std::size_t{a.size()} != std::size_t{b.size()}) co_return !wanted;
  const bool all = co_await consume(pairwise<A, B>(a, b), equality_consumer(), std::move(how));
  co_return all == wanted;
}

}  // namespace micropool::detail
