// SPDX-License-Identifier: MIT OR Apache-2.0
// sync_wait: runs a coroutine from plain code and blocks until it has ended.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/task/as_task.hpp>
#include <micropool/detail/task/run_task.hpp>

#include <utility>

namespace micropool {

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
