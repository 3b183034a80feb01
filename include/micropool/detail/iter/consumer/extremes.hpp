// SPDX-License-Identifier: MIT OR Apache-2.0
// What min(), max() and minmax() fold into: the best item so far and its key.
#pragma once

#include <micropool/detail/iter/maybe_item.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/iter/item_key.hpp>
#include <micropool/iter/optional_item.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

enum class extreme { first_least, last_greatest };

// Returns true if the right one of two, whose index is higher, replaces the left one.
template <extreme Which, class Less, class Key>
bool replaces(Less& less, const Key& right, const Key& left) {
  return static_cast<bool>(std::invoke(less, right, left)) == (Which == extreme::first_least);
}

// A reference item, kept as a pointer, so that it can be moved.
template <class Item>
class stored_reference {
public:
  explicit stored_reference(Item item) noexcept : item_(std::addressof(item)) {}
  Item get() const noexcept { return *item_; }

private:
  std::remove_reference_t<Item>* item_;
};
template <class Value>
class kept_value {
public:
  template <class V>
  explicit kept_value(V&& value) : value_(std::forward<V>(value)) {}
  Value& get() noexcept { return value_; }
  const Value& get() const noexcept { return value_; }

private:
  Value value_;
};
template <class T>
using stored_as = std::conditional_t<std::is_lvalue_reference_v<T>, stored_reference<T>,
                                   kept_value<std::remove_cvref_t<T>>>;

// An item and the key by which it is compared.
template <class Item, class KeyOf>
class candidate {
  using key_type = stored_key_t<KeyOf, Item, const std::remove_cvref_t<Item>&>;

public:
  // The key may refer into the item, so it is kept before the item is moved.
  template <class K, class I>
  candidate(K&& key, I&& item) : key_(std::forward<K>(key)), item_(std::forward<I>(item)) {}
  const std::remove_cvref_t<key_type>& key() const noexcept { return key_.get(); }
  stored_as<Item>& item() noexcept { return item_; }

private:
  stored_as<key_type> key_;
  stored_as<Item> item_;
};
// std::identity as the key means that items are compared themselves.
template <class Item>
class candidate<Item, std::identity> {
public:
  template <class K, class I>
  candidate(K&&, I&& item) : item_(std::forward<I>(item)) {}
  const std::remove_cvref_t<Item>& key() const noexcept { return item_.get(); }
  stored_as<Item>& item() noexcept { return item_; }

private:
  stored_as<Item> item_;
};

template <class KeyOf, class Item>
using compared_t = key_value_t<KeyOf, const std::remove_cvref_t<Item>&>;

template <class Item, class KeyOf>
using best_item = maybe_item<candidate<Item, KeyOf>>;

// Combines the best item of a part with that of the part after it.
template <extreme Which, class Best, class Less>
void take_better(Best& left, Best&& right, Less& less) {
  if (!right.has_item()) return;
  if (!left.has_item() || replaces<Which>(less, right.get().key(), left.get().key())) {
    left = std::move(right);
  }
}

template <extreme Which, class Item, class KeyOf, class Less>
struct extreme_consumer {
  using part = best_item<Item, KeyOf>;
  static constexpr auto combines = association_of_extremes<compared_t<KeyOf, Item>>;
  static constexpr auto stops = early_exit::none;

  part identity() const { return {}; }
  template <class I>
  bool accept(part& best, I&& item) {
    auto&& key = call_with(key_of, std::as_const(item));
    if (!best.has_item() || replaces<Which>(less, std::as_const(key), best.get().key())) {
      best.keep(std::forward<decltype(key)>(key), std::forward<I>(item));
    }
    return true;
  }
  void combine(part& left, part&& right) { take_better<Which>(left, std::move(right), less); }
  optional_item<Item> result(part&& best) const {
    if (!best.has_item()) return {};
    return optional_item<Item>(std::forward<Item>(best.get().item().get()));
  }

  KeyOf key_of;
  Less less;
};

template <class MinAndMax, class Item, class KeyOf, class Less>
struct minmax_consumer {
  struct part {
    best_item<Item, KeyOf> min;
    best_item<Item, KeyOf> max;
  };
  static constexpr auto combines = association_of_extremes<compared_t<KeyOf, Item>>;
  static constexpr auto stops = early_exit::none;

  part identity() const { return {}; }
  // An item that is less than the least is not the greatest, unless it is the first.
  template <class I>
  bool accept(part& p, I&& item) {
    auto&& key = call_with(key_of, std::as_const(item));
    if (!p.min.has_item()) {
      keep_copy(p.min, key, item);
      p.max.keep(std::forward<decltype(key)>(key), std::forward<I>(item));
    } else if (std::invoke(less, std::as_const(key), p.min.get().key())) {
      p.min.keep(std::forward<decltype(key)>(key), std::forward<I>(item));
    } else if (!p.max.has_item() || !std::invoke(less, std::as_const(key), p.max.get().key())) {
      p.max.keep(std::forward<decltype(key)>(key), std::forward<I>(item));
    }
    return true;
  }
  void combine(part& left, part&& right) {
    take_better<extreme::first_least>(left.min, std::move(right.min), less);
    take_better<extreme::last_greatest>(left.max, std::move(right.max), less);
  }
  std::optional<MinAndMax> result(part&& p) const {
    if (!p.min.has_item() || !p.max.has_item()) return std::nullopt;
    return MinAndMax{std::forward<Item>(p.min.get().item().get()),
                     std::forward<Item>(p.max.get().item().get())};
  }

  KeyOf key_of;
  Less less;

private:
  template <class Key, class I>
  static void keep_copy(best_item<Item, KeyOf>& best, Key& key, I& item) {
    if constexpr (std::is_lvalue_reference_v<Item>) {
      best.keep(key, item);
    } else {
      best.keep(std::as_const(key), std::as_const(item));
    }
  }
};

}  // namespace micropool::detail
