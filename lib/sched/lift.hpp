// SPDX-License-Identifier: MIT OR Apache-2.0
// Lifting: a background task that foreground work waits for becomes a part of the waiter's root,
// and so does what it waits for in its turn.
#pragma once

#include "participant_state.hpp"

#include <micropool/detail/sched/background_task.hpp>

namespace micropool::detail {

// Work of the root `waiter` is about to wait for a task that somebody has started. Lifts the task,
// or if the waiter is background work itself, lists the wait, so that the task is lifted with it.
// Does nothing more if another foreground root waits for the task already.
void announce_wait(background_task& t, task_waiter& w, const root& waiter) noexcept;
// The wait is over or does not come about. Before the waiter is told, since then it may be gone.
void end_wait(task_waiter& w) noexcept;

// A participant whose deque is empty, or holds jobs of this root only, is about to work for it.
void work_for(participant_state& p, const root& r) noexcept;

}  // namespace micropool::detail
