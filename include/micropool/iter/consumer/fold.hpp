// SPDX-License-Identifier: MIT OR Apache-2.0
// reduce, fold, fold_per_thread, sum, product, count.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/consumer/fold.hpp>
#include <micropool/detail/iter/consumer/sum.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/detail/iter/operate.hpp>
#include <micropool/detail/iter/stage.hpp>
#include <micropool/iter/concepts.hpp>
#include <micropool/iter/operation.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace micropool {

/// An identity of T: a value, which is copied for each chunk, or a callable that makes one.
template <class I, class T>
concept identity_of = detail::identity_value<I, T> || detail::identity_maker<I, T>;

/// op(T, T) -> T.
template <class Op, class T>
concept reduces = std::invocable<Op&, T, T> && requires {
  requires std::constructible_from<T, std::invoke_result_t<Op&, T, T>>;
};

/// f(acc, item) -> acc. If f takes the accumulator as `Acc&`, and so takes no temporary, it changes
/// the accumulator in place, and what it returns is ignored. If f takes items only as rvalues,
/// items that are references are copied.
template <class F, class Acc, class Item>
concept accumulates =
    detail::accumulates_as_it_is<F, Acc, Item> ||
    (detail::copied_if_needed<Item> &&
     detail::accumulates_as_it_is<F, Acc, detail::copy_of_t<Item>>);

/// f(left, right) -> acc, or in place as above; f may also take the right one as `Acc&`.
template <class F, class Acc>
concept combines_accumulators = accumulates<F, Acc, Acc> || callable_after<F, Acc&, Acc&>;

namespace detail {

template <class Self, class Stage>
class fold_consumers {
  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  /// Returns op(...op(op(identity, a), b)..., z), where op is associative; each chunk begins with
  /// an identity. op may take its two Values in any way; if it takes only rvalues, items that are
  /// references are copied. The identity is converted to a Value; a floating-point identity of
  /// integers is refused.
  ///
  /// ```cpp
  /// check(mp::par_iter(words).reduce(std::string(), std::plus<>()) == "pearfigappledategrapefig");
  /// ```
  ///
  /// Bits: if op rounds, the same input and split give the same bits (split_by_threads(): on pools
  /// of the same size).
  template <class I, class Op>
    requires identity_of<std::decay_t<I>, value> && reduces<std::decay_t<Op>, value> &&
             operates_on<std::decay_t<Op>, value, item>
  auto reduce(I&& identity, Op&& op) && {
    return opened<Self>(*this).consumed(reduce_consumer<value, std::decay_t<I>, std::decay_t<Op>>{
        std::forward<I>(identity), std::forward<Op>(op)});
  }

  /// Folds each chunk by accumulate(acc, item) -> acc, beginning with an identity, and combines
  /// neighbours by combine(left, right) -> acc. An identity that can be called without arguments is
  /// called.
  ///
  /// ```cpp
  /// auto counts = mp::par_iter(words).fold(table(), add, merge);  // a table for each chunk
  /// ```
  ///
  /// Bits: as for reduce().
  template <class I, class Accumulate, class Combine,
            class Acc = typename type_of_identity<std::decay_t<I>>::type>
    requires identity_of<std::decay_t<I>, Acc> &&
             accumulates<std::decay_t<Accumulate>, Acc, item> &&
             combines_accumulators<std::decay_t<Combine>, Acc>
  auto fold(I&& identity, Accumulate&& accumulate, Combine&& combine) && {
    return opened<Self>(*this).consumed(
        fold_consumer<Acc, combine_order::fixed_tree, std::decay_t<I>, std::decay_t<Accumulate>,
                      std::decay_t<Combine>>{std::forward<I>(identity),
                                             std::forward<Accumulate>(accumulate),
                                             std::forward<Combine>(combine)});
  }

  /// The same in any order: each participant has one accumulator, which sees items from anywhere.
  /// For accumulators that cost much to make or to combine, such as tables.
  template <class I, class Accumulate, class Combine,
            class Acc = typename type_of_identity<std::decay_t<I>>::type>
    requires identity_of<std::decay_t<I>, Acc> &&
             accumulates<std::decay_t<Accumulate>, Acc, item> &&
             combines_accumulators<std::decay_t<Combine>, Acc>
  auto fold_per_thread(I&& identity, Accumulate&& accumulate, Combine&& combine) && {
    return opened<Self>(*this).consumed(
        fold_consumer<Acc, combine_order::unordered, std::decay_t<I>, std::decay_t<Accumulate>,
                      std::decay_t<Combine>>{std::forward<I>(identity),
                                             std::forward<Accumulate>(accumulate),
                                             std::forward<Combine>(combine)});
  }

  /// Returns the sum of the items as a T; T() if there are none. The sum of chars is a char: use
  /// sum<int>(), which also counts bools.
  /// Bits: as for reduce().
  template <class T = value>
    requires adds_to<T, item>
  auto sum() && {
    return opened<Self>(*this).consumed(total_consumer<std::plus<>, T, item>());
  }

  /// Returns the product of the items as a T; T(1) if there are none.
  template <class T = value>
    requires multiplies_to<T, item>
  auto product() && {
    return opened<Self>(*this).consumed(total_consumer<std::multiplies<>, T, item>());
  }

  /// Returns the number of items. The functions of the chain are called for each item, as in a
  /// serial loop; if it has none and the size is known, no item is fetched.
  auto count() && {
    if constexpr (repeatable_stage<Stage>) {
      auto&& it = opened<Self>(*this);
      return std::move(it).run(count_unseen(std::move(it.stage)));
    } else {
      return opened<Self>(*this).consumed(count_consumer());
    }
  }

  MICROPOOL_INSTEAD(reduce,
                    "reduce(identity, op), where identity converts to a value and op(value, value) "
                    "returns one")
  MICROPOOL_INSTEAD(fold,
                    "fold(identity, accumulate, combine), where accumulate(acc, item) and "
                    "combine(acc, acc) return an acc")
  MICROPOOL_INSTEAD(fold_per_thread,
                    "fold_per_thread(identity, accumulate, combine), where accumulate(acc, item) "
                    "and combine(acc, acc) return an acc")
  MICROPOOL_INSTEAD(sum, "sum<T>(), where items can be added to a T; else reduce(identity, op)")
  MICROPOOL_INSTEAD(product,
                    "product<T>(), where a T can be multiplied by items; else reduce(identity, op)")
  MICROPOOL_INSTEAD(count, "count()")
};

}  // namespace detail
}  // namespace micropool
