// SPDX-License-Identifier: MIT OR Apache-2.0
// run_task: the blocking call that runs a task to its end.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/task/blocking_context.hpp>
#include <micropool/detail/task/on_pool.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/task.hpp>

#include <utility>

namespace micropool::detail {

template <class T>
MICROPOOL_NOINLINE T await_on(pool_state* pool, const blocking_context& caller, task<T>& t) {
  if (pool == nullptr || pool == caller.host().home->pool) return caller.await(std::move(t));
  return caller.await(on_pool(*pool, std::move(t)));
}

template <class T>
MICROPOOL_ALWAYS_INLINE T run_task(task<T> t, pool_state* pool, bool loop = false) {
  const blocking_context caller;
  if (caller.suspends_for(pool)) [[unlikely]] return await_on(pool, caller, t);
  slot<T> result;
  caller.on_thread_stack([&] {
    const participation here(pool);  // may throw, so it comes before the task releases its frame
    auto& p = t.release(passkey(), "micropool::sync_wait() or await()");
    p.deliver_to(&result);
    run_to_end(p, here, loop);
  });
  return result.get();
}

}  // namespace micropool::detail
