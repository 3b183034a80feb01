// SPDX-License-Identifier: MIT OR Apache-2.0
// Who waits for a background task: coroutines that await it, with the groups of inboxes that they
// belong to, whoever waits for those, and so on. A thread that blocks for the sake of a group may
// run the jobs of every task below it in this graph.
#pragma once

#include <micropool/detail/sched/background_task.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace micropool::detail {

// Calls f(group) for `from` and for every group that waits for it, until it returns true.
//
// The caller holds a job of `from` that nobody can take meanwhile (the injector's lock). So no task
// on the way has ended, and no waiter on the way has been told: all of them stay where they are.
// Gives up after 1024 groups, or where 64 are open at once; then a worker has to run the job.
template <class F>
bool any_waiting_group(inbox_group& from, F&& f) noexcept {
  std::array<inbox_group*, 64> open{&from};
  std::size_t count = 1;
  for (int steps = 0; count > 0 && steps < 1024; ++steps) {
    inbox_group& g = *open[--count];
    if (f(g)) return true;
    if (g.task == nullptr) continue;
    // [acquire: task.end] the waiters behind the pointer. [seq_cst: idle.publish] after the count
    // of the job, against a waiter that is just being added.
    task_waiter* w = g.task->waiters.load(std::memory_order_seq_cst);
    if (w == g.task->end_mark()) continue;
    for (; w != nullptr && count < open.size(); w = w->next) {
      if (w->coroutine == nullptr) continue;
      inbox_group* const above = w->coroutine->home->group;
      // Many coroutines of one group may wait for the same task.
      if (std::find(open.begin(), open.begin() + count, above) == open.begin() + count) {
        open[count++] = above;
      }
    }
  }
  return false;
}

}  // namespace micropool::detail
