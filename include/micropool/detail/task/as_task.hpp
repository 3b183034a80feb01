// SPDX-License-Identifier: MIT OR Apache-2.0
// Turns whatever can be a branch into a task: one shape for all that follows.
#pragma once

#include <micropool/detail/task/concepts.hpp>
#include <micropool/task.hpp>

#include <type_traits>
#include <utility>

namespace micropool::detail {

template <awaitable A>
task<await_result_t<A>> await_later(A a) {
  co_return co_await std::forward<A>(a);
}

// The callable is called by the thread that runs the branch.
template <class F>
task<await_result_t<std::invoke_result_t<F>>> call_and_await_later(F f) {
  co_return co_await std::forward<F>(f)();
}

template <class F>
task<call_result_t<F>> call_later(F f) {
  co_return std::forward<F>(f)();
}

// A task is passed through; callables and other awaitables are moved or copied into a new one.
template <class A>
decltype(auto) as_task(A&& a) {
  using value = std::decay_t<A>;
  static_assert(!(is_task<value> && std::is_lvalue_reference_v<A>),
                "micropool: a task is consumed by running it; write std::move(task)");
  if constexpr (is_task<value>) {
    return std::forward<A>(a);
  } else if constexpr (awaitable<value>) {
    return await_later<value>(std::forward<A>(a));
  } else if constexpr (awaitable<A>) {
    return await_later<A>(std::forward<A>(a));  // only an lvalue of it can be awaited
  } else if constexpr (async_callable<value>) {
    return call_and_await_later<value>(std::forward<A>(a));
  } else {
    static_assert(plain_callable<value>,
                  "micropool: a branch is a task, another awaitable, or a callable without "
                  "parameters");
    return call_later<value>(std::forward<A>(a));
  }
}

template <class A>
using as_task_t = std::remove_cvref_t<decltype(as_task(std::declval<A>()))>;

// One rule decides everywhere: tasks are awaited, callables are called.
template <class A>
concept async_branch = awaitable<std::remove_cvref_t<A>> || awaitable<A> ||
                       async_callable<std::remove_cvref_t<A>>;

}  // namespace micropool::detail
