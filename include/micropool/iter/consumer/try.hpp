// SPDX-License-Identifier: MIT OR Apache-2.0
// try_for_each, try_reduce, try_fold_per_thread, try_collect: loops that end at a result that has
// failed.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/with_state.hpp>
#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/consumer/awaiting_loop.hpp>
#include <micropool/detail/iter/consumer/try_accumulator.hpp>
#include <micropool/detail/iter/consumer/until_result.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/detail/iter/operate.hpp>
#include <micropool/iter/adaptor/with_state.hpp>
#include <micropool/iter/consumer/container.hpp>
#include <micropool/iter/consumer/fold.hpp>
#include <micropool/iter/operation.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace micropool {

/// f(item) -> a result that may be a failure, or an awaitable that yields one, such as a task.
template <class F, class Item>
concept tries_item =
    item_callable<F, Item> && detail::attempt_or_awaitable<detail::item_result_t<F, Item>>;

/// op(T, item) -> a result that carries a T.
template <class Op, class T, class Item = T>
concept tries_to_reduce = operates_on<Op, T, Item> && requires {
  requires try_result_of<std::remove_cvref_t<detail::operation_result_t<Op, T, Item>>, T>;
};

/// f(acc, item) -> a result that carries an acc.
template <class F, class Acc, class Item>
concept tries_to_accumulate = callable_after<F, Acc, Item> && requires {
  requires try_result_of<std::remove_cvref_t<detail::item_result_t<F, Item, Acc>>, Acc>;
};

namespace detail {

template <class Op, class T, class Item>
concept reduces_values = tries_to_reduce<Op, T, T> && operates_on<Op, T, Item> &&
                         std::same_as<operation_result_t<Op, T, Item>,
                                      operation_result_t<Op, T, T>>;
template <class Op, class R>
concept reduces_results = try_result<R> && tries_to_reduce<Op, try_output_t<R>> && requires {
  requires std::same_as<
      R, std::remove_cvref_t<std::invoke_result_t<Op&, try_output_t<R>, try_output_t<R>>>>;
};

template <class R, class C>
using try_with_output_t = typename try_traits<R>::template with_output<C>;
template <class R, class C>
concept collects_outputs = try_result_of<R, try_output_t<R>> &&
                           collection_of<C, try_output_t<R>> &&
                           try_result_of<try_with_output_t<R, C>, C>;

template <class Op, class T>
struct reduced_result {
  using type = std::remove_cvref_t<std::invoke_result_t<Op&, T, T>>;
  using value = T;
};
template <class Op, class R>
  requires reduces_results<Op, R>
struct reduced_result<Op, R> {
  using type = R;
  using value = try_output_t<R>;
};

// A result is a bool (false is a failure), a std::optional (an empty one is), a std::expected (an
// error is), or a type with try_traits. The loop ends at a failure, and the failure with the lowest
// index is returned; items after it are looked at only by threads that are past it already.
template <class Self, class Stage>
class try_consumers {
  using item = item_t<Stage>;
  using value = value_t<Stage>;

public:
  /// Calls f(item) -> a result for each item. Without a failure it returns true, or a result that
  /// carries a default-constructed output.
  ///
  /// ```cpp
  /// check(mp::par_iter(even).try_for_each([](int n) { return n < 7; }));  // false is a failure
  /// ```
  ///
  /// If f returns an awaitable that yields such a result, it is awaited, and try_for_each returns a
  /// task, with .async() or without; all else is as for for_each().
  template <class F>
    requires tries_item<std::decay_t<F>, item>
  auto try_for_each(F&& f) && {
    using attempt = item_result_t<std::decay_t<F>, item>;
    if constexpr (yields_attempt<attempt>) {
      return run_awaited<std::remove_cvref_t<await_result_t<attempt>>>(
          opened<Self>(*this), std::decay_t<F>(std::forward<F>(f)));
    } else {
      using result = std::remove_cvref_t<attempt>;
      return opened<Self>(*this).consumed(
          until_result_consumer<result, std::decay_t<F>, at_failure<result>,
                                early_exit::lowest_index>{std::forward<F>(f)});
    }
  }
  /// The same with f(state, item) -> a result, or an awaitable that yields one. Each participant
  /// makes its state with init() when it begins.
  template <class Init, class F>
    requires state_maker<std::decay_t<Init>> &&
             callable_after<std::decay_t<F>, state_of_t<std::decay_t<Init>>&, item> &&
             attempt_or_awaitable<
                 item_result_t<std::decay_t<F>, item, state_of_t<std::decay_t<Init>>&>>
  auto try_for_each_init(Init&& init, F&& f) && {
    return opened<Self>(*this)
        .template adapted<with_state<Stage, std::decay_t<Init>>>(std::forward<Init>(init))
        .try_for_each(call_with_state<std::decay_t<F>>{std::forward<F>(f)});
  }

  /// reduce() with op(Value, Value) -> a result that carries a Value; returns such a result. Items
  /// may also be such results themselves; then op takes what they carry, and a failed item ends the
  /// loop as well.
  ///
  /// If op fails only for the values of whole chunks, that failure is returned unless an item has
  /// failed.
  template <class I, class Op>
    requires (reduces_values<std::decay_t<Op>, value, item> ||
              reduces_results<std::decay_t<Op>, value>) &&
             identity_of<std::decay_t<I>, typename reduced_result<std::decay_t<Op>, value>::value>
  auto try_reduce(I&& identity, Op&& op) && {
    constexpr bool lifted = !reduces_values<std::decay_t<Op>, value, item>;
    using result = typename reduced_result<std::decay_t<Op>, value>::type;
    return opened<Self>(*this).consumed(
        try_reduce_consumer<result, lifted, std::decay_t<I>, std::decay_t<Op>>{
            {std::forward<I>(identity)}, std::forward<Op>(op)});
  }

  /// fold_per_thread() with accumulate(acc, item) -> a result that carries an acc; returns such a
  /// result. combine(acc, acc) -> acc cannot fail.
  template <class I, class Accumulate, class Combine,
            class Acc = typename type_of_identity<std::decay_t<I>>::type>
    requires identity_of<std::decay_t<I>, Acc> &&
             tries_to_accumulate<std::decay_t<Accumulate>, Acc, item> &&
             combines_accumulators<std::decay_t<Combine>, Acc>
  auto try_fold_per_thread(I&& identity, Accumulate&& accumulate, Combine&& combine) && {
    using result = std::remove_cvref_t<item_result_t<std::decay_t<Accumulate>, item, Acc>>;
    return opened<Self>(*this).consumed(
        try_fold_consumer<result, std::decay_t<I>, std::decay_t<Accumulate>, std::decay_t<Combine>>{
            {std::forward<I>(identity)}, std::forward<Accumulate>(accumulate),
            std::forward<Combine>(combine)});
  }

  /// Collects what the items, which are results, carry: returns a std::optional<C> for items that
  /// are std::optional<T>, and so on. Containers: as for collect().
  template <class C>
    requires collects_outputs<value, C>
  auto try_collect() && {
    return opened<Self>(*this).consumed(try_collect_consumer<value, C>());
  }
  template <template <class...> class C>
    requires collects_outputs<value, C<try_output_t<value>>>
  auto try_collect() && {
    return std::move(*this).template try_collect<C<try_output_t<value>>>();
  }

  MICROPOOL_INSTEAD(try_for_each,
                    "try_for_each(f), where f(item) returns bool, std::optional or a type with "
                    "try_traits")
  MICROPOOL_INSTEAD(try_for_each_init,
                    "try_for_each_init(init, f), where init() makes a state and f(state, item) "
                    "returns bool, std::optional or a type with try_traits")
  MICROPOOL_INSTEAD(try_reduce,
                    "try_reduce(identity, op), where op(value, value) returns a std::optional or a "
                    "type with try_traits")
  MICROPOOL_INSTEAD(try_fold_per_thread,
                    "try_fold_per_thread(identity, accumulate, combine), where accumulate(acc, "
                    "item) returns a std::optional or a type with try_traits")
  MICROPOOL_INSTEAD(try_collect,
                    "try_collect<Container>(), where items are std::optional or of a type with "
                    "try_traits")
  MICROPOOL_INSTEAD_OF_TEMPLATE(try_collect,
                                "try_collect<Container>(), where items are std::optional or of a type with "
                                "try_traits")
};

}  // namespace detail
}  // namespace micropool
