// SPDX-License-Identifier: MIT OR Apache-2.0
// The fiber whose stack a thread is on.
#pragma once

#include "stack_pool.hpp"

#include <source_location>

namespace micropool::detail {

struct running_fiber {
  const stack_memory memory;
  const std::source_location made_at;  // the call that made the task
};

// Null on a stack of the thread's own. Safe in a signal handler.
const running_fiber* fiber_of_this_thread() noexcept;

}  // namespace micropool::detail
