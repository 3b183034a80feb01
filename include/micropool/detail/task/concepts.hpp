// SPDX-License-Identifier: MIT OR Apache-2.0
// The concepts of awaitables and branches, and the types that awaiting them yields.
#pragma once

#include <micropool/detail/base/requirements.hpp>

#include <concepts>
#include <coroutine>
#include <ranges>
#include <type_traits>
#include <utility>

namespace micropool {
template <class T>
class task;
}

namespace micropool::detail {

struct frame;

template <class A>
concept awaiter = requires(A& a, std::coroutine_handle<> h) {
  { a.await_ready() } -> std::convertible_to<bool>;
  a.await_suspend(h);
  a.await_resume();
};

// The library's own awaitables: their awaiter is made for the frame of the awaiting coroutine.
template <class A>
concept own_awaitable = requires(A&& a, frame& f) { std::forward<A>(a).awaiter_in(f); };

template <class A>
concept member_awaitable = requires(A&& a) { std::forward<A>(a).operator co_await(); };
template <class A>
concept free_awaitable = requires(A&& a) { operator co_await(std::forward<A>(a)); };

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

template <class A>
concept awaitable = own_awaitable<A> || member_awaitable<A> || free_awaitable<A> ||
                    awaiter<std::remove_reference_t<A>> || is_task<std::remove_cvref_t<A>>;

template <awaitable A>
decltype(auto) get_awaiter(A&& a) {
  if constexpr (member_awaitable<A>) {
    return std::forward<A>(a).operator co_await();
  } else if constexpr (free_awaitable<A>) {
    return operator co_await(std::forward<A>(a));
  } else {
    return std::forward<A>(a);
  }
}

template <class A>
struct await_result {
  using type = decltype(get_awaiter(std::declval<A>()).await_resume());
};
template <own_awaitable A>
struct await_result<A> {
  using type = decltype(std::declval<A>().awaiter_in(std::declval<frame&>()).await_resume());
};
// The type in which a result is stored. An rvalue reference would dangle, so its object is moved
// into a value.
template <class T>
using storable_t = std::conditional_t<std::is_rvalue_reference_v<T>, std::remove_cvref_t<T>, T>;

template <class A>
using await_result_t = storable_t<typename await_result<A>::type>;
template <class F, class... Args>
using call_result_t = storable_t<std::invoke_result_t<F, Args...>>;

template <class F>
concept async_callable = !awaitable<F> && std::invocable<F> && awaitable<std::invoke_result_t<F>>;
template <class F>
concept plain_callable = !awaitable<F> && std::invocable<F> && !awaitable<std::invoke_result_t<F>>;

// True for what can be a branch, a child or a spawned task: an rvalue task, another awaitable, or a
// callable without parameters. A variable rather than a concept: a compiler lists every part of a
// concept that fails.
template <class A, class V = std::decay_t<A>>
inline constexpr bool is_branch =
    is_task<V> ? !std::is_lvalue_reference_v<A>
               : awaitable<V> || awaitable<A> || async_callable<V> || plain_callable<V&>;
template <class R>
inline constexpr bool is_range_of_branches = false;
template <std::ranges::forward_range R>
inline constexpr bool is_range_of_branches<R> =
    is_branch<std::conditional_t<std::is_lvalue_reference_v<R>, std::ranges::range_reference_t<R>,
                                 std::ranges::range_rvalue_reference_t<R>>>;

// True for what co_await and mp::await accept.
template <class A>
inline constexpr bool can_be_awaited =
    awaitable<A> && !(is_task<std::remove_cvref_t<A>> && std::is_lvalue_reference_v<A>);
// True for the callables that mp::await accepts besides. A variable for the same reason.
template <class F>
inline constexpr bool can_be_called_and_awaited =
    !awaitable<F> && async_callable<std::remove_cvref_t<F>>;

}  // namespace micropool::detail
