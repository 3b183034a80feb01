// SPDX-License-Identifier: MIT OR Apache-2.0
// Inside the graph of waits (wait_graph.hpp): the lists of which tasks the coroutines of a group
// await, and which calls block inside a task. Each list is guarded by one of a fixed number of
// locks.
#pragma once

#include "wait_graph.hpp"

#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <mutex>

namespace micropool::detail {

// Guards the group's list of waits: for a task or a call inside one, lock_of() the task. No thread
// holds two of these locks, except in fork().
short_mutex& lock_of(const inbox_group& g) noexcept;

// Puts a wait into the list of a group. Requires its lock.
void put_into_list(inbox_group& by, task_waiter& w) noexcept;
// Takes a wait off its list. Requires its lock.
void unlist(task_waiter& w) noexcept;
// Calls f(wait) for each task that a coroutine of the group awaits, under the lock of the list.
// What is waited for exists meanwhile: a listed waiter has not been told of an end.
template <class F>
void each_awaited(inbox_group& by, F&& f) noexcept {
  const std::lock_guard lock(lock_of(by));
  for (task_waiter* w = by.waits; w != nullptr; w = w->next_wait) {
    if (w->by_coroutine) f(*w);
  }
}

// For fork().
void lock_wait_lists() noexcept;
void unlock_wait_lists() noexcept;

}  // namespace micropool::detail
