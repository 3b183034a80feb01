// SPDX-License-Identifier: MIT OR Apache-2.0
// The graph of tasks that wait for each other, for the debug check that finds circles of waits.
#pragma once

#include <micropool/detail/base/call_site.hpp>
#include <micropool/detail/base/macros.hpp>

#include <cstdint>

namespace micropool::detail {

struct background_task;

// One wait of a task's code for another task. A task ends only when all of its code has ended, so a
// wait in any part of it counts as a wait of the task. Linked under the lock of the check.
struct wait_edge {
  background_task* from = nullptr;  // null: not linked
  std::uintptr_t process;           // the process that has linked it
  background_task* to = nullptr;
  wait_edge* next_out = nullptr;  // links among the waits of `from`
  wait_edge* before_out = nullptr;
  wait_edge* next_in = nullptr;  // links among the waits for `to`
  wait_edge* before_in = nullptr;
};

// The state that the check keeps for one task.
struct wait_node {
  std::uintptr_t process = 0;  // the process that has linked the edges
  wait_edge* out = nullptr;
  wait_edge* in = nullptr;
  std::uint64_t seen = 0;  // number of the last search that reached the task
  background_task* next_open = nullptr;
  background_task* found_from = nullptr;
};

}  // namespace micropool::detail
