// SPDX-License-Identifier: MIT OR Apache-2.0
// The debug check for tasks that wait for each other in a circle: a task that waits for itself
// included, through joins and awaits, owned and shared tasks, on one pool or several. Reports only
// certain circles, in which all waits have begun.
#pragma once

#include <micropool/detail/sched/background_task.hpp>

namespace micropool::detail {

// Adds the edge of a wait: `call`, made by code of `from` at that line, is about to wait for `to`.
// Reports the circle that this closes, if any. Does nothing for code that belongs to no task.
void begin_edge(wait_edge& e, const char* call, background_task* from, background_task& to,
                call_site at) noexcept;
// Removes the edge: the wait is over, or does not come about. Must be called before the waiter is
// told, because the edge may be gone then.
void end_edge(wait_edge& e) noexcept;

// For code that is compiled without the check.
inline void begin_edge(no_debug_check&, const char*, background_task*, background_task&,
                       call_site) noexcept {}
inline void end_edge(no_debug_check&) noexcept {}

// For fork(), which holds the lock meanwhile.
void lock_circles() noexcept;
void unlock_circles() noexcept;

}  // namespace micropool::detail
