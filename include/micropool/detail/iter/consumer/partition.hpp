// SPDX-License-Identifier: MIT OR Apache-2.0
// What partition(), partition_map() and unzip() fold into: one list for each vector.
#pragma once

#include <micropool/detail/iter/consumer/block_list.hpp>
#include <micropool/detail/iter/reduction.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace micropool::detail {

template <class T>
inline constexpr bool is_variant_of_two = false;
template <class A, class B>
inline constexpr bool is_variant_of_two<std::variant<A, B>> = true;

template <class T>
concept tuple_like = requires { std::tuple_size<T>::value; };

// Gathers values in several vectors, each of them in order.
template <class... T>
struct gather_each {
  using part = std::tuple<block_list<T>...>;
  static constexpr auto combines = combine_order::in_order;
  static constexpr auto stops = early_exit::none;

  part identity() const { return {}; }
  void combine(part& left, part&& right) const {
    combine(left, right, std::index_sequence_for<T...>());
  }

private:
  template <std::size_t... I>
  static void combine(part& left, part& right, std::index_sequence<I...>) {
    (std::get<I>(left).add_all(std::move(std::get<I>(right))), ...);
  }
};

template <class T, class Predicate>
struct partition_consumer : gather_each<T, T> {
  using part = typename gather_each<T, T>::part;

  explicit partition_consumer(Predicate p) : holds(std::move(p)) {}
  template <class Item>
  bool accept(part& p, Item&& item) {
    if (call_with(holds, std::as_const(item))) {
      std::get<0>(p).add(std::forward<Item>(item));
    } else {
      std::get<1>(p).add(std::forward<Item>(item));
    }
    return true;
  }
  std::pair<std::vector<T>, std::vector<T>> result(part&& p) const {
    return {std::get<0>(std::move(p)).template into<std::vector<T>>(),
            std::get<1>(std::move(p)).template into<std::vector<T>>()};
  }

  Predicate holds;
};

template <class F, class Variant>
struct partition_map_consumer;
template <class F, class A, class B>
struct partition_map_consumer<F, std::variant<A, B>> : gather_each<A, B> {
  using part = typename gather_each<A, B>::part;

  explicit partition_map_consumer(F sort) : f(std::move(sort)) {}
  template <class Item>
  bool accept(part& p, Item&& item) {
    std::variant<A, B> either = call_with(f, std::forward<Item>(item));
    if (either.index() == 0) {
      std::get<0>(p).add(std::get<0>(std::move(either)));
    } else {
      std::get<1>(p).add(std::get<1>(std::move(either)));
    }
    return true;
  }
  std::pair<std::vector<A>, std::vector<B>> result(part&& p) const {
    return {std::get<0>(std::move(p)).template into<std::vector<A>>(),
            std::get<1>(std::move(p)).template into<std::vector<B>>()};
  }

  F f;
};

template <class... T>
struct unzip_consumer : gather_each<T...> {
  using part = typename gather_each<T...>::part;

  template <class Item>
  bool accept(part& p, Item&& item) const {
    add(p, std::forward<Item>(item), std::index_sequence_for<T...>());
    return true;
  }
  std::tuple<std::vector<T>...> result(part&& p) const {
    return std::apply(
        [](block_list<T>&... each) {
          return std::tuple<std::vector<T>...>(std::move(each).template into<std::vector<T>>()...);
        },
        p);
  }

private:
  template <class Item, std::size_t... I>
  static void add(part& p, Item&& item, std::index_sequence<I...>) {
    (std::get<I>(p).add(std::get<I>(std::forward<Item>(item))), ...);
  }
};

template <class Value, class Indices = std::make_index_sequence<std::tuple_size_v<Value>>>
struct unzip_of;
template <class Value, std::size_t... I>
struct unzip_of<Value, std::index_sequence<I...>> {
  using type = unzip_consumer<std::remove_cvref_t<std::tuple_element_t<I, Value>>...>;
};

}  // namespace micropool::detail
