// SPDX-License-Identifier: MIT OR Apache-2.0
// stackful: a task that runs plain code on a stack of its own, and waits without holding a thread.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/task/as_task.hpp>
#include <micropool/detail/task/blocking_context.hpp>
#include <micropool/detail/task/run_in_fiber.hpp>
#include <micropool/sync_wait.hpp>

#include <source_location>
#include <type_traits>
#include <utility>

namespace micropool {

/// Returns a task that calls f, which is plain code, on a stack of its own. There `await` and every
/// blocking call of this library (join, scope, the iterators, sync_wait, the join of a spawned
/// task) suspend that stack instead of blocking the thread. A waiting stackful task holds no
/// thread; it resumes, possibly on another thread, as soon as what it waits for has ended. Locals
/// and exceptions being handled are preserved. Only a call on another pool that has no workers
/// blocks the thread.
///
/// ```cpp
/// mp::task<int> sum_of(const node& root) {
///   auto plain = [&root] {
///     adds_up visitor;
///     walk(root, visitor);  // while a look-up waits, the thread does something else
///     return visitor.sum;
///   };
///   co_return co_await mp::stackful(std::move(plain));
/// }
/// ```
///
/// Stolen branches and children run on the stacks of the threads that stole them.
/// Threads: any; f may resume on another thread after every such call (docs/pitfalls.md).
/// Lifetime: the task owns f.
/// Errors: awaiting the task rethrows what f throws, and throws std::system_error if no stack can
/// be had. Using more stack than pool_options::stacks.size terminates the program with a message
/// that names this call.
/// Cost: a recycled stack; a switch to it and back takes some forty nanoseconds. A join whose
/// branches are not stolen costs what it costs elsewhere.
template <class F>
  requires detail::are_called<std::decay_t<F>&>
auto stackful(F&& f, std::source_location made_at = std::source_location::current()) {
  using callable = std::decay_t<F>;
  return detail::run_in_fiber<callable>(std::forward<F>(f), made_at);
}
MICROPOOL_INSTEAD_OF_CALL(stackful,
                          "stackful(f), where f is a callable without parameters that returns no "
                          "awaitable; what can be awaited needs no stack")

/// Awaits an awaitable, or the one that a callable returns, and returns its result. Inside a
/// stackful task this suspends the task, as co_await would; elsewhere it blocks, as sync_wait does.
///
/// ```cpp
/// // Called from deep inside code that knows nothing of coroutines.
/// void enter(const node& n) override { sum += mp::await(look_up(n.value)); }
/// ```
///
/// Threads: any.
/// Errors: what awaiting it throws.
/// Cost inside a stackful task: a switch to the host and back, some forty nanoseconds, if it does
/// not suspend. A foreign awaitable that suspends costs a recycled frame and a post to resume the
/// task.
/// `at` is the line that messages name.
template <class A>
  requires detail::can_be_awaited<A>
decltype(auto) await(A&& a, detail::call_site at = MICROPOOL_CALL_SITE) {
  const detail::blocking_context caller;
  if (caller.in_fiber()) return caller.await(std::forward<A>(a), at);
  if constexpr (detail::is_task<std::remove_cvref_t<A>>) {
    return sync_wait(std::forward<A>(a));
  } else {
    // By reference: the awaitable need not be movable.
    return sync_wait(detail::await_later<A&&>(std::forward<A>(a)));
  }
}
template <class F>
  requires detail::can_be_called_and_awaited<F>
decltype(auto) await(F&& makes, detail::call_site at = MICROPOOL_CALL_SITE) {
  return micropool::await(std::forward<F>(makes)(), at);
}
MICROPOOL_INSTEAD_OF_AWAITING(await,
                          "await(x), where x is std::move(task), std::move(owned), a shared_task that "
                          "has a name, another awaitable, or a callable that returns one")

}  // namespace micropool
