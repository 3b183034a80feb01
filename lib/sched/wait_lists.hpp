// SPDX-License-Identifier: MIT OR Apache-2.0
// The lists of waits: which tasks the coroutines of a group await, and which calls block inside a
// task. Each list is guarded by one of a fixed number of locks.
#pragma once

#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

namespace micropool::detail {

// Guards the lists of waits in that task, and its end if fork() has lost it. No thread holds two of
// these locks, except in fork().
short_mutex& lock_of(const task_root& r) noexcept;
// Guards the group's list of waits.
short_mutex& lock_of(const inbox_group& g) noexcept;

// Puts a wait into the list of a group. Requires its lock.
void put_into_list(inbox_group& by, task_waiter& w) noexcept;
// Takes a wait off its list. Requires its lock.
void unlist(task_waiter& w) noexcept;

// For fork().
void lock_wait_lists() noexcept;
void unlock_wait_lists() noexcept;

}  // namespace micropool::detail
