// SPDX-License-Identifier: MIT OR Apache-2.0
// What is_sorted() and all_equal() fold into: the ends of a piece, and whether it is in order.
#pragma once

#include <micropool/detail/iter/maybe_item.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/iter/item_key.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class T>
concept has_equality = requires(const T& a, const T& b) {
  { a == b } -> std::convertible_to<bool>;
};

template <class Item, class KeyOf, class Less>
struct sorted_consumer {
  using key = stored_key_t<KeyOf, Item>;
  // `last` is empty if there is only one item, so that nothing has to be copied.
  struct part {
    maybe_item<key> first;
    maybe_item<key> last;
    bool is_sorted = true;
  };
  static constexpr auto combines = combine_order::in_order;
  static constexpr auto stops = early_exit::any;

  part identity() const { return {}; }
  template <class I>
  bool accept(part& p, I&& item) {
    auto&& k = call_with(key_of, std::forward<I>(item));
    if (!p.first.has_item()) {
      p.first.keep(std::forward<decltype(k)>(k));
      return true;
    }
    p.is_sorted = is_before(p, std::as_const(k));
    p.last.keep(std::forward<decltype(k)>(k));
    return p.is_sorted;
  }
  void combine(part& left, part&& right) {
    if (!right.first.has_item()) return;
    if (!left.first.has_item()) {
      left = std::move(right);
      return;
    }
    left.is_sorted = left.is_sorted && right.is_sorted &&
                     is_before(left, std::as_const(right.first.get()));
    left.last = std::move(right.last.has_item() ? right.last : right.first);
  }
  bool result(part&& p) const noexcept { return p.is_sorted; }

  KeyOf key_of;
  Less less;

private:
  bool is_before(const part& p, const std::remove_cvref_t<key>& next) {
    if (p.last.has_item()) return !std::invoke(less, next, std::as_const(p.last.get()));
    return !std::invoke(less, next, std::as_const(p.first.get()));
  }
};

template <class Item>
struct all_equal_consumer {
  struct part {
    maybe_item<Item> first;
    bool is_equal = true;
  };
  static constexpr auto combines = combine_order::unordered;
  static constexpr auto stops = early_exit::any;

  part identity() const { return {}; }
  template <class I>
  bool accept(part& p, I&& item) const {
    if (!p.first.has_item()) {
      p.first.keep(std::forward<I>(item));
      return true;
    }
    p.is_equal = static_cast<bool>(std::as_const(p.first.get()) == std::as_const(item));
    return p.is_equal;
  }
  void combine(part& left, part&& right) const {
    if (!right.first.has_item()) return;
    if (!left.first.has_item()) {
      left = std::move(right);
      return;
    }
    left.is_equal = left.is_equal && right.is_equal &&
                    static_cast<bool>(std::as_const(left.first.get()) ==
                                      std::as_const(right.first.get()));
  }
  bool result(part&& p) const noexcept { return p.is_equal; }
};

}  // namespace micropool::detail
