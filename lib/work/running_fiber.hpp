// SPDX-License-Identifier: MIT OR Apache-2.0
// The stack from the store on which a thread runs.
#pragma once

#include "../base/stack_bounds.hpp"
#include "stack_pool.hpp"

#include <source_location>

namespace micropool::detail {

// The stack of a stackful task, or of a blocked call that has continued on it (more_stack.hpp).
struct running_fiber {
  const stack_memory memory;
  const std::source_location made_at;  // the call that made the task
  const bool of_task;

  stack_bounds bounds() const noexcept {
    return stack_bounds::of(reinterpret_cast<std::uintptr_t>(memory.lowest), memory.size);
  }
};

// Returns null on a stack of the thread's own. Safe in a signal handler.
const running_fiber* fiber_of_this_thread() noexcept;

}  // namespace micropool::detail
