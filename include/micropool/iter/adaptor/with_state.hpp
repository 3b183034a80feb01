// SPDX-License-Identifier: MIT OR Apache-2.0
// The states of map_init, for_each_init and try_for_each_init.
#pragma once

#include <micropool/detail/iter/adaptor/with_state.hpp>

#include <concepts>
#include <type_traits>

namespace micropool {

/// A callable that makes a participant's state; several threads call it concurrently.
template <class Init>
concept state_maker = std::invocable<Init&> && (!std::is_void_v<std::invoke_result_t<Init&>>);

}  // namespace micropool
