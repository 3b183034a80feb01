// SPDX-License-Identifier: MIT OR Apache-2.0
// for_each, for_each_init: call a function for each item.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/iter/adaptor/with_state.hpp>
#include <micropool/detail/iter/consumer/awaiting_loop.hpp>
#include <micropool/detail/iter/consumer/for_each.hpp>
#include <micropool/detail/iter/open_chain.hpp>
#include <micropool/iter/adaptor/with_state.hpp>

#include <type_traits>
#include <utility>

namespace micropool::detail {

template <class Self, class Stage>
class for_each_consumers {
public:
  /// Calls f(item) for each item.
  ///
  /// ```cpp
  /// const auto fetch_one = [](std::size_t i, double& result) -> mp::task<> {
  ///   result = work(co_await fetched(i));  // suspends the body, not the thread
  /// };
  /// co_await mp::par_iter(results).enumerate().for_each(fetch_one);
  /// ```
  ///
  /// If f returns an awaitable, such as a task, it is awaited, and for_each returns a task<>, with
  /// .async() or without. A participant awaits one body at a time; the bodies of several loops may
  /// be in progress on one thread. What an item refers to inside the stage lives until its body has
  /// ended; items and parameters are as safe as in co_await f(item).
  template <class F>
    requires item_callable<std::decay_t<F>, item_t<Stage>>
  auto for_each(F&& f) && {
    if constexpr (awaited_body<std::decay_t<F>, item_t<Stage>>) {
      return run_awaited<void>(opened<Self>(*this), std::decay_t<F>(std::forward<F>(f)));
    } else {
      return opened<Self>(*this).consumed(for_each_consumer<std::decay_t<F>>{std::forward<F>(f)});
    }
  }

  /// Calls f(state, item) for each item. Each participant makes its state with init() when it
  /// begins. Bodies that return awaitables are awaited as in for_each, and may use the state until
  /// they have ended.
  template <class Init, class F>
    requires state_maker<std::decay_t<Init>> &&
             callable_after<std::decay_t<F>, state_of_t<std::decay_t<Init>>&, item_t<Stage>>
  auto for_each_init(Init&& init, F&& f) && {
    return opened<Self>(*this)
        .template adapted<with_state<Stage, std::decay_t<Init>>>(std::forward<Init>(init))
        .for_each(call_with_state<std::decay_t<F>>{std::forward<F>(f)});
  }

  MICROPOOL_INSTEAD(for_each, "for_each(f), where f(item) takes an item")
  MICROPOOL_INSTEAD(for_each_init,
                    "for_each_init(init, f), where init() makes a state and f(state, item) takes "
                    "it by reference")
};

}  // namespace micropool::detail
