// SPDX-License-Identifier: MIT OR Apache-2.0
// What sum, product and count fold with.
#pragma once

#include <micropool/iter/reduction.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Integers: any tree and any order give the same. All else may round, and keeps one tree.
template <class T>
inline constexpr association association_of_sums =
    std::integral<T> ? association::any : association::fixed;

// `static_cast`, since the sum of two shorts is an int.
template <class T, class Item>
concept adds_to = std::constructible_from<T> && requires(T sum, Item item) {
  static_cast<T>(std::move(sum) + std::forward<Item>(item));
  static_cast<T>(std::move(sum) + std::move(sum));
};
template <class T, class Item>
concept multiplies_to = std::constructible_from<T, int> && requires(T product, Item item) {
  static_cast<T>(std::move(product) * std::forward<Item>(item));
  static_cast<T>(std::move(product) * std::move(product));
};

template <class T>
struct sum_consumer {
  using part = T;
  static constexpr auto combines = association_of_sums<T>;
  static constexpr auto stops = stopping::never;

  T identity() const { return T(); }
  template <class Item>
  bool accept(T& sum, Item&& item) const {
    sum = static_cast<T>(std::move(sum) + std::forward<Item>(item));
    return true;
  }
  void combine(T& left, T&& right) const { left = static_cast<T>(std::move(left) + std::move(right)); }
  T result(T&& sum) const { return std::move(sum); }
};

template <class T>
struct product_consumer {
  using part = T;
  static constexpr auto combines = association_of_sums<T>;
  static constexpr auto stops = stopping::never;

  T identity() const { return T(1); }
  template <class Item>
  bool accept(T& product, Item&& item) const {
    product = static_cast<T>(std::move(product) * std::forward<Item>(item));
    return true;
  }
  void combine(T& left, T&& right) const { left = static_cast<T>(std::move(left) * std::move(right)); }
  T result(T&& product) const { return std::move(product); }
};

struct count_consumer {
  using part = std::size_t;
  static constexpr auto combines = association::any;
  static constexpr auto stops = stopping::never;

  std::size_t identity() const noexcept { return 0; }
  template <class Item>
  bool accept(std::size_t& n, Item&&) const noexcept {
    ++n;
    return true;
  }
  void combine(std::size_t& left, std::size_t&& right) const noexcept { left += right; }
  std::size_t result(std::size_t&& n) const noexcept { return n; }
};

// Where nobody could tell whether an item was fetched, none is.
template <repeatable_stage Stage>
task<std::size_t> count_unseen(Stage s) {
  if constexpr (prepared_stage<Stage>) co_await s.prepare();
  co_return s.size();
}

}  // namespace micropool::detail
