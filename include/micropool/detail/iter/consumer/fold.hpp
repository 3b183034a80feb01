// SPDX-License-Identifier: MIT OR Apache-2.0
// What reduce(), fold() and fold_per_thread() fold into.
#pragma once

#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/operate.hpp>
#include <micropool/detail/iter/rebindable.hpp>
#include <micropool/detail/iter/reduction.hpp>
#include <micropool/iter/concepts.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class I, class T>
concept identity_value =
    std::copy_constructible<I> && std::convertible_to<const I&, T> &&
    !(std::floating_point<I> && std::integral<T>);  // it would lose its fraction
template <class I, class T>
concept identity_maker = std::invocable<I&> && std::convertible_to<std::invoke_result_t<I&>, T>;

template <class I>
struct type_of_identity {
  using type = I;
};
template <std::invocable I>
struct type_of_identity<I> {
  using type = std::remove_cvref_t<std::invoke_result_t<I>>;
};

template <class T, class I>
T make_identity(I& identity) {
  if constexpr (identity_value<I, T>) {
    return static_cast<T>(std::as_const(identity));
  } else {
    return static_cast<T>(identity());
  }
}

template <class F, class Acc, class Item>
concept accumulates_as_it_is =
    (callable_after<F, Acc, Item> && requires {
      requires std::constructible_from<Acc, item_result_t<F, Item, Acc>>;
    }) || (!callable_after<F, Acc, Item> && callable_after<F, Acc&, Item>);

template <class Acc, class F, class Item>
MICROPOOL_ALWAYS_INLINE void accumulate(F& f, Acc& acc, Item&& item) {
  if constexpr (callable_after<F, Acc, Item>) {
    acc = static_cast<Acc>(call_with(f, std::forward<Item>(item), std::move(acc)));
  } else if constexpr (callable_after<F, Acc&, Item>) {
    static_cast<void>(call_with(f, std::forward<Item>(item), acc));
  } else if constexpr (callable_after<F, Acc&, Item&>) {
    static_cast<void>(call_with(f, item, acc));  // combine(Acc&, Acc&)
  } else {
    accumulate(f, acc, copy_of_t<Item>(std::forward<Item>(item)));
  }
}

template <class T, class I, class Op>
struct reduce_consumer {
  using part = rebindable<T>;
  static constexpr auto combines = combine_order::fixed_tree;
  static constexpr auto stops = early_exit::none;

  part identity() { return make_identity<T>(make); }
  template <class Item>
  bool accept(part& p, Item&& item) {
    p = static_cast<T>(operate(op, std::move(get_value(p)), std::forward<Item>(item)));
    return true;
  }
  void combine(part& left, part&& right) { accept(left, std::move(get_value(right))); }
  T result(part&& p) { return std::move(get_value(p)); }

  I make;
  Op op;
};

template <class Acc, combine_order Combines, class I, class Accumulate, class Combine>
struct fold_consumer {
  using part = Acc;
  static constexpr auto combines = Combines;
  static constexpr auto stops = early_exit::none;

  Acc identity() { return make_identity<Acc>(make); }
  template <class Item>
  bool accept(Acc& acc, Item&& item) {
    accumulate(add, acc, std::forward<Item>(item));
    return true;
  }
  void combine(Acc& left, Acc&& right) { accumulate(put_together, left, std::move(right)); }
  Acc result(Acc&& acc) { return std::move(acc); }

  I make;
  Accumulate add;
  Combine put_together;
};

}  // namespace micropool::detail
