// SPDX-License-Identifier: MIT OR Apache-2.0
// A call on another stack of the same thread: for code that must not return before it has ended,
// where the present stack is deep or of unknown size.
#pragma once

#include "../base/stack_bounds.hpp"
#include "stack_pool.hpp"

#include <cstddef>

namespace micropool::detail {

struct fiber_context;

// Only the stack changes: the body runs on the same thread and blocks it, the exceptions that are
// being handled below are seen above, and queries for the running stackful task return the same.
class more_stack {
public:
  using body = void (*)(void* argument) noexcept;

  // Takes a stack from the store. Throws std::system_error if there is none.
  explicit more_stack(std::size_t size);
  ~more_stack();
  more_stack(const more_stack&) = delete;
  more_stack& operator=(const more_stack&) = delete;

  stack_bounds bounds() const noexcept;
  // Calls the body. Must be called once.
  void call(body run, void* argument) noexcept;

private:
  fiber_context* const context_;
};

}  // namespace micropool::detail
