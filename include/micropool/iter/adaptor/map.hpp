// SPDX-License-Identifier: MIT OR Apache-2.0
// map, inspect, update, cloned, copied, map_init: one item for each item.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/map.hpp>
#include <micropool/detail/iter/adaptor/with_state.hpp>
#include <micropool/detail/iter/call_with.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/iter/adaptor/with_state.hpp>
#include <micropool/iter/concepts.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace micropool {

/// A callable that maps an item to an item.
template <class F, class Item>
concept item_mapping =
    item_callable<F, Item> && (!std::is_void_v<detail::item_result_t<F, Item>>);

/// Items that can be copied.
template <class Item>
concept copyable_item = std::constructible_from<std::remove_cvref_t<Item>, Item>;

/// A callable that maps a state and an item to an item.
template <class F, class Init, class Item>
concept item_mapping_with =
    state_maker<Init> && callable_after<F, detail::state_of_t<Init>&, Item> &&
    (!std::is_void_v<detail::item_result_t<F, Item, detail::state_of_t<Init>&>>);

namespace detail {

template <class Self, class Stage>
class map_adaptors {
  using item = item_t<Stage>;

public:
  /// Yields f(item) for each item.
  ///
  /// ```cpp
  /// auto sizes = mp::par_iter(words).map(&std::string::size).collect<std::vector>();
  /// ```
  ///
  /// Threads: in this and all other adaptors, the threads that take part call one f concurrently. A
  /// mutable lambda is accepted; what it changes must be safe to change by several threads.
  template <class F>
    requires item_mapping<std::decay_t<F>, item>
  auto map(F&& f) && {
    return opened<Self>(*this).template adapted<mapped<Stage, std::decay_t<F>>>(std::forward<F>(f));
  }

  /// Yields the items themselves, after it has called f(item) for each; f takes them as const.
  template <class F>
    requires item_callable<std::decay_t<F>, const value_t<Stage>&>
  auto inspect(F&& f) && {
    using look = call_and_pass_on<std::decay_t<F>, false>;
    return opened<Self>(*this).template adapted<mapped<Stage, look>>(look{std::forward<F>(f)});
  }

  /// Yields the items themselves, after it has called f(item&) for each, which may change them: the
  /// elements of a range that is an lvalue, or else the values that pass through the chain.
  template <class F>
    requires item_callable<std::decay_t<F>, std::remove_reference_t<item>&>
  auto update(F&& f) && {
    using change = call_and_pass_on<std::decay_t<F>, true>;
    return opened<Self>(*this).template adapted<mapped<Stage, change>>(change{std::forward<F>(f)});
  }

  /// Yields a copy of each item. Items that are values already are moved.
  auto cloned() &&
    requires copyable_item<item>
  {
    return opened<Self>(*this).template adapted<copied_items<Stage>>();
  }

  /// The same for trivially copyable items.
  auto copied() &&
    requires(copyable_item<item> && std::is_trivially_copyable_v<value_t<Stage>>)
  {
    return opened<Self>(*this).template adapted<copied_items<Stage>>();
  }

  /// Yields f(state, item) for each item. Each participant makes its state with init() when it
  /// begins, and keeps it until the loop has ended. For states that cost much to make: buffers,
  /// generators, connections.
  ///
  /// ```cpp
  /// // A generator for each thread that takes part, not for each item.
  /// const auto make = [] { return std::mt19937(std::random_device{}()); };
  /// const auto roll = [](std::mt19937& random, int) { return random() % 6 + 1; };
  /// const auto total = mp::par_range(1000).map_init(make, roll).sum();
  /// ```
  ///
  /// An item may refer to the state only if it is not used after the next item has been made. The
  /// result is not indexed.
  template <class Init, class F>
    requires item_mapping_with<std::decay_t<F>, std::decay_t<Init>, item_t<Stage>>
  auto map_init(Init&& init, F&& f) && {
    return opened<Self>(*this)
        .template adapted<with_state<Stage, std::decay_t<Init>>>(std::forward<Init>(init))
        .map(call_with_state<std::decay_t<F>>{std::forward<F>(f)});
  }

  MICROPOOL_INSTEAD(map, "map(f), where f(item) returns a value")
  MICROPOOL_INSTEAD(inspect, "inspect(f), where f(item) takes the item as const")
  MICROPOOL_INSTEAD(update,
                    "update(f), where f(item) takes a reference to an item that is not const")
  MICROPOOL_INSTEAD(cloned, "cloned(), where items can be copied")
  MICROPOOL_INSTEAD(copied, "copied(), where items are trivially copyable; else cloned()")
  MICROPOOL_INSTEAD(map_init,
                    "map_init(init, f), where init() makes a state and f(state, item) returns a "
                    "value")
};

}  // namespace detail
}  // namespace micropool
