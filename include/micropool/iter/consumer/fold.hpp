// SPDX-License-Identifier: MIT OR Apache-2.0
// reduce, fold, sum, product, count.
#pragma once

#include <micropool/iter/call_after.hpp>
#include <micropool/iter/consumer/sum.hpp>
#include <micropool/iter/held_value.hpp>
#include <micropool/iter/reduction.hpp>
#include <micropool/iter/used_up.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool {
namespace detail {

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

}  // namespace detail

// An identity of T: a value, of which each chunk gets a copy, or a callable that makes one.
template <class I, class T>
concept identity_of = detail::identity_value<I, T> || detail::identity_maker<I, T>;

// op(T, T) -> T.
template <class Op, class T>
concept reduces = std::invocable<Op&, T, T> && requires {
  requires std::constructible_from<T, std::invoke_result_t<Op&, T, T>>;
};

// f(acc, item) -> acc. One that takes the accumulator as `Acc&`, so that it takes no temporary,
// changes it in place; what it returns is dropped.
template <class F, class Acc, class Item>
concept accumulates =
    (callable_after<F, Acc, Item> && requires {
      requires std::constructible_from<Acc, detail::result_after_t<F, Acc, Item>>;
    }) || (!callable_after<F, Acc, Item> && callable_after<F, Acc&, Item>);

// f(left, right) -> acc, or in place as above; the right one may be taken as `Acc&` as well.
template <class F, class Acc>
concept combines_accumulators = accumulates<F, Acc, Acc> || callable_after<F, Acc&, Acc&>;

namespace detail {

template <class Acc, class F, class Item>
MICROPOOL_ALWAYS_INLINE void accumulate(F& f, Acc& acc, Item&& item) {
  if constexpr (callable_after<F, Acc, Item>) {
    acc = static_cast<Acc>(call_after(f, std::move(acc), std::forward<Item>(item)));
  } else if constexpr (callable_after<F, Acc&, Item>) {
    static_cast<void>(call_after(f, acc, std::forward<Item>(item)));
  } else {
    static_cast<void>(call_after(f, acc, item));  // combine(Acc&, Acc&)
  }
}

template <class T, class I, class Op>
struct reduce_consumer {
  using part = held_value<T>;
  static constexpr auto combines = association::fixed;
  static constexpr auto stops = stopping::never;

  part identity() { return make_identity<T>(make); }
  template <class Item>
  bool accept(part& p, Item&& item) {
    p = static_cast<T>(std::invoke(op, std::move(value_in(p)), std::forward<Item>(item)));
    return true;
  }
  void combine(part& left, part&& right) { accept(left, std::move(value_in(right))); }
  T result(part&& p) { return std::move(value_in(p)); }

  I make;
  Op op;
};

template <class Acc, association Combines, class I, class Accumulate, class Combine>
struct fold_consumer {
  using part = Acc;
  static constexpr auto combines = Combines;
  static constexpr auto stops = stopping::never;

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

template <class Self, class Stage>
class fold_consumers {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  MICROPOOL_RVALUES_ONLY(reduce, fold, fold_per_thread, sum, product, count)

  // op(...op(op(identity, a), b)..., z), where op is associative: each chunk begins with an
  // identity. Where op rounds, the same input and split give the same bits (split_by_threads(): on
  // pools of the same size). The identity becomes a Value, which a fraction for integers cannot.
  template <class I, class Op>
    requires identity_of<std::decay_t<I>, value> && reduces<std::decay_t<Op>, value> &&
             std::invocable<std::decay_t<Op>&, value, item>
  auto reduce(I&& identity, Op&& op) && {
    return self().consumed(reduce_consumer<value, std::decay_t<I>, std::decay_t<Op>>{
        std::forward<I>(identity), std::forward<Op>(op)});
  }

  // accumulate(acc, item) -> acc over each chunk, from an identity on, and combine(left, right) ->
  // acc of neighbours. Bits as for reduce(). An identity that can be called without arguments is
  // called.
  template <class I, class Accumulate, class Combine,
            class Acc = typename type_of_identity<std::decay_t<I>>::type>
    requires identity_of<std::decay_t<I>, Acc> &&
             accumulates<std::decay_t<Accumulate>, Acc, item> &&
             combines_accumulators<std::decay_t<Combine>, Acc>
  auto fold(I&& identity, Accumulate&& accumulate, Combine&& combine) && {
    return self().consumed(
        fold_consumer<Acc, association::fixed, std::decay_t<I>, std::decay_t<Accumulate>,
                      std::decay_t<Combine>>{std::forward<I>(identity),
                                             std::forward<Accumulate>(accumulate),
                                             std::forward<Combine>(combine)});
  }

  // The same in any order: one accumulator for each participant, which sees items of everywhere.
  // For accumulators that cost much to make or to combine, such as tables.
  template <class I, class Accumulate, class Combine,
            class Acc = typename type_of_identity<std::decay_t<I>>::type>
    requires identity_of<std::decay_t<I>, Acc> &&
             accumulates<std::decay_t<Accumulate>, Acc, item> &&
             combines_accumulators<std::decay_t<Combine>, Acc>
  auto fold_per_thread(I&& identity, Accumulate&& accumulate, Combine&& combine) && {
    return self().consumed(
        fold_consumer<Acc, association::any, std::decay_t<I>, std::decay_t<Accumulate>,
                      std::decay_t<Combine>>{std::forward<I>(identity),
                                             std::forward<Accumulate>(accumulate),
                                             std::forward<Combine>(combine)});
  }

  // The sum of the items as a T, T() if there is none. Bits as for reduce(). The sum of chars is a
  // char: use sum<int>(); bools are counted by sum<int>() as well.
  template <class T = value>
    requires adds_to<T, item>
  auto sum() && {
    return self().consumed(sum_consumer<T, item>());
  }

  // The product of the items as a T, T(1) if there is none.
  template <class T = value>
    requires multiplies_to<T, item>
  auto product() && {
    return self().consumed(product_consumer<T, item>());
  }

  // How many items there are. What the chain calls for items is called, as in a serial loop; where
  // it calls nothing and the size is known, no item is looked at.
  auto count() && {
    if constexpr (repeatable_stage<Stage>) {
      Self&& it = self();
      return std::move(it).run(count_unseen(std::move(it).stage()));
    } else {
      return self().consumed(count_consumer());
    }
  }
};

}  // namespace detail
}  // namespace micropool
