// SPDX-License-Identifier: MIT OR Apache-2.0
// is_sorted, all_equal: how neighbouring items compare. Each item is fetched once, so both work on
// any stage; neighbours in different pieces are compared when the pieces are combined.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/iter/item_key.hpp>
#include <micropool/iter/optional_item.hpp>

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

template <class Self, class Stage>
class order_consumers {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  MICROPOOL_INSTEAD(is_sorted, "is_sorted(), where items have operator<")
  MICROPOOL_INSTEAD(is_sorted_by,
                    "is_sorted_by(less), where less(a, b) compares two items that are const")
  MICROPOOL_INSTEAD(is_sorted_by_key,
                    "is_sorted_by_key(key), where key(item) returns something with operator<")
  MICROPOOL_INSTEAD(all_equal, "all_equal(), where items have operator==")

  /// Returns true if no item is less than the one before it; also for one item and for none. Ends
  /// at the first item that any thread finds to be less, at any index; exceptions elsewhere may
  /// then be missed.
  ///
  /// ```cpp
  /// check(mp::par_iter(a).is_sorted() && !mp::par_iter(a).all_equal());
  /// ```
  auto is_sorted() &&
    requires storable<item> && value_order<std::less<>, value>
  {
    return self().is_sorted_by(std::less<>());
  }
  /// less(value, value) -> bool, a strict weak order.
  template <class Less>
    requires storable<item> && value_order<std::decay_t<Less>, value>
  auto is_sorted_by(Less&& less) && {
    return self().consumed(sorted_consumer<item, std::identity, std::decay_t<Less>>{
        std::identity(), std::forward<Less>(less)});
  }
  /// key(item) is called once for each item, and keys are compared by <.
  template <class KeyOf>
    requires item_key<std::decay_t<KeyOf>, item> &&
             value_order<std::less<>, key_value_t<std::decay_t<KeyOf>, item>>
  auto is_sorted_by_key(KeyOf&& key) && {
    return self().consumed(sorted_consumer<item, std::decay_t<KeyOf>, std::less<>>{
        std::forward<KeyOf>(key), std::less<>()});
  }

  /// Returns true if all items are equal by ==, which must be an equivalence. Ends as is_sorted()
  /// does.
  auto all_equal() &&
    requires storable<item> && has_equality<value>
  {
    return self().consumed(all_equal_consumer<item>());
  }
};

}  // namespace micropool::detail
