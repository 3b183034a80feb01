// SPDX-License-Identifier: MIT OR Apache-2.0
// map_init: one item for each item, made with a state that each participant has for itself.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/iter/adaptor/with_state.hpp>
#include <micropool/iter/concepts.hpp>

#include <type_traits>
#include <utility>

namespace micropool {

/// A callable that maps a state and an item to an item.
template <class F, class Init, class Item>
concept item_mapping_with =
    state_maker<Init> && callable_after<F, detail::state_of_t<Init>&, Item> &&
    (!std::is_void_v<detail::item_result_t<F, Item, detail::state_of_t<Init>&>>);

namespace detail {

template <class Self, class Stage>
class map_init_adaptors {
  Self&& self() noexcept { return static_cast<Self&&>(*this); }

public:
  MICROPOOL_INSTEAD(map_init,
                    "map_init(init, f), where init() makes a state and f(state, item) returns a "
                    "value")

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
    return self()
        .template adapted<with_state<Stage, std::decay_t<Init>>>(std::forward<Init>(init))
        .map(call_with_state<std::decay_t<F>>{std::forward<F>(f)});
  }
};

}  // namespace detail
}  // namespace micropool
