// SPDX-License-Identifier: MIT OR Apache-2.0
// join: a fixed or counted number of branches that may run in parallel.
#pragma once

#include <micropool/detail/task/as_task.hpp>
#include <micropool/detail/task/blocking_join.hpp>
#include <micropool/detail/task/join_children.hpp>

#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool {

// Runs all branches, at least one, and returns when all have ended.
//
// If every branch is a plain callable the call blocks, takes part, and returns the results. If any
// is a task, another awaitable, or a callable that returns one, the result is an awaitable that
// yields them; then nothing runs before it is awaited. Results: std::tuple; std::monostate for
// void; void if all are.
//
// Threads: any; a thread outside the pool becomes a participant for the length of the call.
// Lifetime: a blocking join refers to its callables, an awaitable one owns what it was given.
// Errors: every branch runs exactly once, also when a sibling throws; the exception of the
// lowest-numbered failing branch is rethrown. Throws pool_stopped on a pool that has shut down.
// Cost: a branch nobody steals costs a push and a pop of the thread's own deque.
// Source: Blumofe and Leiserson, "Scheduling multithreaded computations by work stealing", 1999.
template <class... Branches>
  requires(!(detail::async_branch<Branches> || ...))
decltype(auto) join(Branches&&... branches) {
  static_assert(sizeof...(Branches) > 0, "micropool: join needs at least one branch");
  static_assert((detail::plain_callable<Branches&> && ...),
                "micropool: a branch is a task, another awaitable, or a callable without "
                "parameters");
  detail::participation here;
  return detail::join_blocking(here, branches...);
}

template <class... Branches>
  requires(detail::async_branch<Branches> || ...)
auto join(Branches&&... branches) {
  return detail::join_awaitable(detail::as_task(std::forward<Branches>(branches))...);
}

// join over a range: of tasks or callables that return awaitables (the result is an awaitable), or
// of plain callables (blocks). Results: std::vector in the order of the range; void for void.
// An rvalue range gives its elements away. An empty range is no error.
template <std::ranges::forward_range R>
auto join_all(R&& range) {
  using element = std::ranges::range_reference_t<R>;
  using given = std::conditional_t<std::is_lvalue_reference_v<R>, element,
                                   std::ranges::range_rvalue_reference_t<R>>;
  if constexpr (detail::async_branch<given>) {
    using task_type = detail::as_task_t<given>;
    std::vector<task_type> tasks;
    if constexpr (std::ranges::sized_range<R>) tasks.reserve(std::ranges::size(range));
    for (auto&& e : range) tasks.push_back(detail::as_task(static_cast<given>(e)));
    return detail::join_all_awaitable<typename task_type::value_type>(std::move(tasks));
  } else {
    static_assert(detail::plain_callable<std::remove_cvref_t<element>&>,
                  "micropool: join_all needs a range of tasks or of callables without parameters");
    // First the range, which is the user's code: in a stackful task it may change its thread.
    detail::branch_array<std::remove_reference_t<element>> branches(
        range, static_cast<std::size_t>(std::ranges::distance(range)));
    detail::participation here;
    return detail::join_all_blocking(here, branches.all());
  }
}

}  // namespace micropool
