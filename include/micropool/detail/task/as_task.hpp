// SPDX-License-Identifier: MIT OR Apache-2.0
// as_task: converts every kind of branch into a task, the form in which coroutines await joins, and
// scopes and spawns hold what can be awaited.
#pragma once

#include <micropool/detail/task/concepts.hpp>
#include <micropool/detail/task/deliver.hpp>
#include <micropool/task.hpp>

#include <type_traits>
#include <utility>

namespace micropool::detail {

template <awaitable A>
task<await_result_t<A>> await_later(A a) {
  using result = await_result_t<A>;
  if constexpr (std::is_void_v<result>) {
    co_await std::forward<A>(a);
  } else {
    co_return co_await deliver<result, A>(std::forward<A>(a));
  }
}

// The callable is called by the thread that runs the branch.
template <class F>
task<await_result_t<std::invoke_result_t<F>>> call_and_await_later(F f) {
  using made = std::invoke_result_t<F>;
  using result = await_result_t<made>;
  if constexpr (std::is_void_v<result>) {
    co_await std::forward<F>(f)();
  } else {
    co_return co_await deliver<result, made>(std::forward<F>(f)());
  }
}

template <class F>
task<call_result_t<F>> call_later(F f) {
  co_return std::forward<F>(f)();
}

// A task is passed through; callables and other awaitables are moved or copied into a new one.
template <class A>
  requires is_branch<A>
decltype(auto) as_task(A&& a) {
  using value = std::decay_t<A>;
  if constexpr (is_task<value>) {
    return std::forward<A>(a);
  } else if constexpr (awaitable<value>) {
    return await_later<value>(std::forward<A>(a));
  } else if constexpr (awaitable<A>) {
    return await_later<A>(std::forward<A>(a));  // only an lvalue of it can be awaited
  } else if constexpr (async_callable<value>) {
    return call_and_await_later<value>(std::forward<A>(a));
  } else {
    return call_later<value>(std::forward<A>(a));
  }
}

template <class A>
using as_task_t = std::remove_cvref_t<decltype(as_task(std::declval<A>()))>;

// The rule by which every entry point chooses: a branch is awaited if it is awaitable or returns
// something awaitable, and called otherwise.
template <class A>
concept async_branch = awaitable<std::remove_cvref_t<A>> || awaitable<A> ||
                       async_callable<std::remove_cvref_t<A>>;
template <class... As>
inline constexpr bool are_called = sizeof...(As) > 0 && (is_branch<As> && ...) &&
                                   !(async_branch<As> || ...);
template <class... As>
inline constexpr bool are_awaited = (is_branch<As> && ...) && (async_branch<As> || ...);

}  // namespace micropool::detail
