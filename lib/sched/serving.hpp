// SPDX-License-Identifier: MIT OR Apache-2.0
// Which threads run what becomes ready on a pool without workers: those that block for its sake,
// and the thread that stops the pool. If these were all, a coroutine on a pool with workers could
// wait for ever for a task that no thread runs. So the workers of another pool serve it:
//
// V1  An inbox on a pool without workers is served by its group's own pool, so a coroutine that has
//     migrated to such a pool is resumed by the workers of the pool that it came from.
// V2  If a task's own pool has no workers either, it is served by a pool whose coroutine awaits it;
//     and so is what the task awaits itself, through any number of tasks.
//
// A worker runs such a job as a visitor of the inbox's pool. The pool that serves a task does not
// end before the coroutine that awaits it, hence not before the task.
#pragma once

#include <micropool/detail/sched/background_task.hpp>

namespace micropool::detail {

// Makes the waiter's pool serve the task if it has no workers (V2). Part of announce_wait(), after
// the wait of a coroutine whose inbox is `waiter` has been listed.
void serve_awaited(background_task& t, const inbox& waiter) noexcept;

// Releases the pools that have served the task, at its end.
void drop_servers(background_task& t) noexcept;

// Around fork(), before all other locks.
void lock_serving() noexcept;
void unlock_serving() noexcept;

}  // namespace micropool::detail
