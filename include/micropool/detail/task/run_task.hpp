// SPDX-License-Identifier: MIT OR Apache-2.0
// run_task: the blocking call that runs a task to its end.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/task/fiber_await.hpp>
#include <micropool/detail/task/on_pool.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/task.hpp>

#include <utility>

namespace micropool::detail {

template <class T>
T run_task_in_fiber(fiber& f, task<T> t, pool_state* pool);

template <class T>
T run_task(task<T> t, pool_state* pool, bool loop = false) {
  if (fiber* f = this_fiber()) [[unlikely]] return run_task_in_fiber(*f, std::move(t), pool);
  slot<T> result;
  const participation here(pool);  // may throw, so it comes before the task releases its frame
  auto& p = t.release(passkey(), "micropool::sync_wait() or await()");
  p.deliver_to(&result);
  run_to_end(p, here, loop);
  return result.get();
}

template <class T>
T run_task_in_fiber(fiber& f, task<T> t, pool_state* pool) {
  if (pool == nullptr || pool == f.host.home->pool) return await_in_fiber(f, std::move(t));
  if (has_workers(*pool)) return await_in_fiber(f, on_pool(*pool, std::move(t)));
  slot<T, result_of::callable> result;
  const auto block = [&] {
    result.emplace_from([&]() -> T { return run_task(std::move(t), pool); });
  };
  on_stack_of_thread(f, block);
  return result.get();
}

}  // namespace micropool::detail
