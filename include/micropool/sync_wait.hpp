// SPDX-License-Identifier: MIT OR Apache-2.0
// sync_wait: runs a coroutine from plain code and blocks until it has ended.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/task/as_task.hpp>
#include <micropool/detail/task/fiber_await.hpp>
#include <micropool/detail/task/on_pool.hpp>

#include <utility>

namespace micropool {
namespace detail {

template <class T>
T run_task_in_fiber(fiber& f, task<T> t, pool_state* pool);

template <class T>
T run_task(task<T> t, pool_state* pool, bool loop = false) {
  if (fiber* f = this_fiber()) [[unlikely]] return run_task_in_fiber(*f, std::move(t), pool);
  slot<T> result;
  const participation here(pool);  // may throw, so it comes before the task releases its frame
  auto& p = t.release("micropool::sync_wait() or await()");
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

}  // namespace detail

/// Runs an awaitable, or a callable that returns one, to its end and returns its result.
///
/// ```cpp
/// const int a = mp::sync_wait(one());                                       // a task
/// const int b = mp::sync_wait([]() -> mp::task<int> { return many(10); });  // or what makes one
/// ```
///
/// The caller starts the coroutine itself, and while it is blocked it helps with what the coroutine
/// forks; it runs nothing unrelated.
/// Threads: any, also inside a task (where it blocks a thread, which co_await would not). Inside a
/// stackful task it is `await`.
/// Errors: rethrows the awaitable's exception. Throws empty_handle for an empty task, and
/// pool_stopped on a pool that has shut down.
/// Cost: no heap allocation; a coroutine that never suspends costs a call and a few stores.
template <class A>
  requires detail::are_awaited<A>
decltype(auto) sync_wait(A&& a) {
  return detail::run_task(detail::as_task(std::forward<A>(a)), nullptr);
}
MICROPOOL_INSTEAD_OF_AWAITING(sync_wait,
                          "sync_wait(x), where x is std::move(task), another awaitable, or a "
                          "callable that returns one; call a plain callable directly")

}  // namespace micropool
