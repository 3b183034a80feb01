// SPDX-License-Identifier: MIT OR Apache-2.0
// Room on the stack for what a blocked call runs above its caller's frames.
//
// A blocked thread runs jobs above the frames of its caller, and a job may block in turn: a chain
// of tasks that join each other stands on one stack, however long it is. And a call may come from
// a stack that the program has made itself, of which nothing is known. So every place where jobs
// begin on top of a blocked call checks the stack first, and continues on one from the store if
// the present one is used up or unknown. That stack is kept until everything on it has returned,
// like the frames of ordinary calls; nothing suspends with it.
#pragma once

#include "participant_state.hpp"

#include <memory>
#include <type_traits>

namespace micropool::detail {

using stack_body = void (*)(void* argument) noexcept;

// Calls the body on a stack from the store. Throws std::system_error if there is none; then the
// body was not called.
void run_on_more_stack(participant_state& p, stack_body body, void* argument);
// The same for calls that cannot fail, because others refer to this stack already. Without a stack
// from the store they use what is left of the present one, and at its end terminate with a
// message.
void run_on_more_stack_or_here(participant_state& p, stack_body body, void* argument) noexcept;

template <class F>
stack_body body_of() noexcept {
  static_assert(std::is_nothrow_invocable_v<F&>);
  return [](void* f) noexcept { (*static_cast<F*>(f))(); };
}

// Calls f, which must not throw, where there is room for it. Costs one comparison if that is here.
// The other stack gets a copy of f, so that the usual case can keep its captures in registers.
template <class F>
MICROPOOL_ALWAYS_INLINE void with_enough_stack(participant_state& p, F f) {
  if (p.stack.has_room()) [[likely]] return f();
  F copy = f;
  run_on_more_stack(p, body_of<F>(), std::addressof(copy));
}
template <class F>
MICROPOOL_ALWAYS_INLINE void with_enough_stack_or_here(participant_state& p, F f) noexcept {
  if (p.stack.has_room()) [[likely]] return f();
  F copy = f;
  run_on_more_stack_or_here(p, body_of<F>(), std::addressof(copy));
}

}  // namespace micropool::detail
