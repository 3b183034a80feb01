// SPDX-License-Identifier: MIT OR Apache-2.0
// Lifting: a background task that foreground work waits for becomes a part of the waiter's root,
// and so do the tasks that it waits for in turn. Without it the waiter would depend on work of the
// lower tier, and its own thread could not take that work by its root.
#pragma once

#include "participant_state.hpp"

#include <micropool/detail/sched/background_task.hpp>

namespace micropool::detail {

// Announces that work of the root `waiter` is about to wait for a task that has been started: a
// coroutine of the group `of`, or a thread if that is null. Lifts the task, unless another
// foreground root has done so; if the waiter is background work itself, the task is lifted
// together with it. Lists the wait until end_wait(), except that of a thread in foreground work.
void announce_wait(background_task& t, task_waiter& w, const root& waiter,
                   inbox_group* of = nullptr) noexcept;

}  // namespace micropool::detail
