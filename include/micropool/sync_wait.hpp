// SPDX-License-Identifier: MIT OR Apache-2.0
// sync_wait: from plain code into a coroutine and back.
#pragma once

#include <micropool/detail/task/as_task.hpp>

#include <utility>

namespace micropool {
namespace detail {

template <class T>
T run_task(task<T> t, pool_state* pool) {
  slot<T> result;
  const participation here(pool);  // may throw; the task still owns its frame then
  auto& p = t.release();
  p.out = &result;
  run_to_end(p, here);
  return result.get();
}

}  // namespace detail

// Runs an awaitable, or a callable that returns one, to its end and returns its result.
//
// The blocked caller takes part: it starts the coroutine itself and helps with what it forks; while
// it is blocked it runs nothing else.
// Threads: any, also inside a task (there it blocks a thread, which co_await would not).
// Errors: the awaitable's exception; empty_handle for an empty task; pool_stopped.
// Cost: no heap allocation; a coroutine that never suspends costs a call and a few stores.
template <detail::async_branch A>
decltype(auto) sync_wait(A&& a) {
  return detail::run_task(detail::as_task(std::forward<A>(a)), nullptr);
}

}  // namespace micropool
