// SPDX-License-Identifier: MIT OR Apache-2.0
// partition, partition_map, unzip: the items in two or more vectors.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/consumer/block_list.hpp>
#include <micropool/detail/iter/reduction.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace micropool {
namespace detail {

template <class T>
inline constexpr bool is_variant_of_two = false;
template <class A, class B>
inline constexpr bool is_variant_of_two<std::variant<A, B>> = true;

template <class T>
concept tuple_like = requires { std::tuple_size<T>::value; };

}  // namespace detail

/// f(item) -> std::variant<A, B>.
template <class F, class Item>
concept sorts_in_two = item_callable<F, Item> && requires {
  requires detail::is_variant_of_two<std::remove_cvref_t<detail::item_result_t<F, Item>>>;
};

namespace detail {

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

template <class Self, class Stage>
class partition_consumers {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  MICROPOOL_INSTEAD(partition,
                    "partition(pred), where pred(item) takes the item as const and returns bool")
  MICROPOOL_INSTEAD(partition_map, "partition_map(f), where f(item) returns a std::variant<A, B>")
  MICROPOOL_INSTEAD(unzip, "unzip(), where items are pairs or tuples")

  /// Returns two vectors: the items for which the predicate holds, and the others; both in order.
  ///
  /// ```cpp
  /// auto [even, odd] = mp::par_range(6).partition([](int n) { return n % 2 == 0; });
  /// ```
  template <class Predicate>
    requires item_predicate<std::decay_t<Predicate>, const value&> &&
             std::constructible_from<value, item>
  auto partition(Predicate&& p) && {
    return self().consumed(
        partition_consumer<value, std::decay_t<Predicate>>(std::forward<Predicate>(p)));
  }

  /// Returns two vectors: the first alternatives of what f returns, and the second ones; both in
  /// order.
  template <class F>
    requires sorts_in_two<std::decay_t<F>, item>
  auto partition_map(F&& f) && {
    using variant = std::remove_cvref_t<item_result_t<std::decay_t<F>, item>>;
    return self().consumed(partition_map_consumer<std::decay_t<F>, variant>(std::forward<F>(f)));
  }

  /// Returns one vector for each element of the pairs or tuples. Elements that are references are
  /// copied.
  auto unzip() &&
    requires tuple_like<value_t<Stage>>
  {
    return self().consumed(typename unzip_of<value>::type());
  }
};

}  // namespace detail
}  // namespace micropool
