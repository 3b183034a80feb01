// SPDX-License-Identifier: MIT OR Apache-2.0
// sync_wait: from plain code into a coroutine and back.
#pragma once

#include <micropool/detail/task/as_task.hpp>
#include <micropool/detail/task/fiber_await.hpp>
#include <micropool/detail/task/on_pool.hpp>

#include <utility>

namespace micropool {
namespace detail {

template <class T>
T run_task_in_fiber(fiber& f, task<T> t, pool_state* pool);

template <class T>
T run_task(task<T> t, pool_state* pool) {
  if (fiber* f = this_fiber()) [[unlikely]] return run_task_in_fiber(*f, std::move(t), pool);
  slot<T> result;
  const participation here(pool);  // may throw; the task still owns its frame then
  auto& p = t.release();
  p.out = &result;
  run_to_end(p, here);
  return result.get();
}

template <class T>
T run_task_in_fiber(fiber& f, task<T> t, pool_state* pool) {
  if (pool == nullptr || pool == f.host.home->pool) return await_in_fiber(f, std::move(t));
  if (has_workers(*pool)) return await_in_fiber(f, on_pool(*pool, std::move(t)));
  slot<T> result;
  const auto block = [&] {
    result.emplace_from([&]() -> T { return run_task(std::move(t), pool); });
  };
  on_stack_of_thread(f, block);
  return result.get();
}

}  // namespace detail

// Runs an awaitable, or a callable that returns one, to its end and returns its result.
//
// The blocked caller takes part: it starts the coroutine itself and helps with what it forks; while
// it is blocked it runs nothing else.
// Threads: any, also inside a task (there it blocks a thread, which co_await would not). Inside a
// stackful task it is `await`.
// Errors: the awaitable's exception; empty_handle for an empty task; pool_stopped.
// Cost: no heap allocation; a coroutine that never suspends costs a call and a few stores.
template <detail::async_branch A>
decltype(auto) sync_wait(A&& a) {
  return detail::run_task(detail::as_task(std::forward<A>(a)), nullptr);
}

}  // namespace micropool
