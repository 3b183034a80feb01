// SPDX-License-Identifier: MIT OR Apache-2.0
// What sum, product and count fold with.
#pragma once

#include <micropool/iter/reduction.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Of integers any tree and any order give the same, if they are counted modulo 2^n meanwhile: a
// part may go beyond what the whole stays within. All else may round, and keeps one tree.
template <class T, class Item>
inline constexpr bool counts_exactly = std::integral<T> && std::integral<std::remove_cvref_t<Item>>;
template <class T, class Item>
struct part_of_sum {
  using type = T;
};
template <class T, class Item>
  requires counts_exactly<T, Item>
struct part_of_sum<T, Item> {
  using type = std::common_type_t<unsigned, std::make_unsigned_t<T>>;
};

// `static_cast`, since the sum of two shorts is an int. Not bool: it would say whether there is
// one.
template <class T, class Item>
concept adds_to =
    std::constructible_from<T> && (!std::same_as<T, bool>) && requires(T sum, Item item) {
      static_cast<T>(std::move(sum) + std::forward<Item>(item));
      static_cast<T>(std::move(sum) + std::move(sum));
    };
template <class T, class Item>
concept multiplies_to =
    std::constructible_from<T, int> && (!std::same_as<T, bool>) && requires(T product, Item item) {
      static_cast<T>(std::move(product) * std::forward<Item>(item));
      static_cast<T>(std::move(product) * std::move(product));
    };

template <class T, class Item>
struct sum_consumer {
  using part = typename part_of_sum<T, Item>::type;
  static constexpr bool exact = counts_exactly<T, Item>;
  static constexpr auto combines = exact ? association::any : association::fixed;
  static constexpr auto stops = stopping::never;

  part identity() const { return part(); }
  template <class I>
  bool accept(part& sum, I&& item) const {
    if constexpr (exact) {
      sum += static_cast<part>(item);
    } else {
      sum = static_cast<T>(std::move(sum) + std::forward<I>(item));
    }
    return true;
  }
  void combine(part& left, part&& right) const {
    left = static_cast<part>(std::move(left) + std::move(right));
  }
  T result(part&& sum) const { return static_cast<T>(std::move(sum)); }
};

template <class T, class Item>
struct product_consumer {
  using part = typename part_of_sum<T, Item>::type;
  static constexpr bool exact = counts_exactly<T, Item>;
  static constexpr auto combines = exact ? association::any : association::fixed;
  static constexpr auto stops = stopping::never;

  part identity() const { return part(1); }
  template <class I>
  bool accept(part& product, I&& item) const {
    if constexpr (exact) {
      product *= static_cast<part>(item);
    } else {
      product = static_cast<T>(std::move(product) * std::forward<I>(item));
    }
    return true;
  }
  void combine(part& left, part&& right) const {
    left = static_cast<part>(std::move(left) * std::move(right));
  }
  T result(part&& product) const { return static_cast<T>(std::move(product)); }
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
