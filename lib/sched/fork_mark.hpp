// SPDX-License-Identifier: MIT OR Apache-2.0
// Which process has started a task, for a child of fork() (after_fork.cpp).
#pragma once

#include <micropool/detail/sched/background_task.hpp>

#include <cstdint>

namespace micropool::detail {

// The value of `list` once a task has been unlinked: null in the first process, another odd number
// in each generation of children. Changes only while a child has one thread.
extern constinit std::uintptr_t process_mark;

inline task_list* unlinked_mark() noexcept { return reinterpret_cast<task_list*>(process_mark); }

inline bool is_linked(const task_list* list) noexcept {
  return list != nullptr && (reinterpret_cast<std::uintptr_t>(list) & 1) == 0;
}

// Returns true if the task had been started before this process was made by fork(), and not by
// what the forking thread was inside of: it does not run here, and will not end by itself.
inline bool lost_by_fork(const background_task& t) noexcept {
  const task_list* const list = t.list.load(std::memory_order_relaxed);
  return !is_linked(list) && list != unlinked_mark();
}

}  // namespace micropool::detail
