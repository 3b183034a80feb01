// SPDX-License-Identifier: MIT OR Apache-2.0
// join and join_all: run a pack or a range of branches, which may run in parallel.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/task/as_task.hpp>
#include <micropool/detail/task/blocking_join.hpp>
#include <micropool/detail/task/fork_join.hpp>

#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace micropool {

/// Runs all branches (at least one) and returns their results once all have ended.
///
/// ```cpp
/// auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));   // tasks are awaited
/// auto [x, y] = mp::join([] { return 1; }, [] { return 2; });  // callables are called
/// ```
///
/// If every branch is a plain callable, the call blocks and helps to run them. If any branch is a
/// task, another awaitable, or a callable that returns one, the call returns an awaitable of the
/// results instead, and no branch runs before that is awaited. Results: a std::tuple in the order
/// of the branches, with std::monostate for void; void if every branch returns void.
///
/// Threads: any; a thread outside the pool becomes a participant for the length of the call.
/// Lifetime: a blocking join refers to its callables; an awaitable one owns its branches.
/// Errors: every branch runs exactly once, even if a sibling throws; then the exception of the
/// failed branch with the lowest number is rethrown. Throws pool_stopped on a pool that has shut
/// down.
/// Cost: a branch that is not stolen costs a push and a pop of the calling thread's own deque.
/// Source: Blumofe and Leiserson, "Scheduling multithreaded computations by work stealing", 1999.
template <class... Branches>
  requires detail::are_called<Branches...>
MICROPOOL_ALWAYS_INLINE decltype(auto) join(Branches&&... branches) {
  detail::participation here;
  return detail::join_blocking(here, branches...);
}

template <class... Branches>
  requires detail::are_awaited<Branches...>
auto join(Branches&&... branches) {
  return detail::join_awaitable(detail::as_task(std::forward<Branches>(branches))...);
}
MICROPOOL_INSTEAD_OF_CALL(join,
                          "join(branches...), with at least one, where each is std::move(task), another awaitable, or a callable without parameters")

/// join over a range. If the elements are tasks or callables that return awaitables, returns an
/// awaitable; if they are plain callables, blocks. Results: a std::vector in the order of the
/// range; void for void. An awaitable join moves the elements out of an rvalue range; a blocking
/// one calls them in place. The range may be empty.
///
/// ```cpp
/// std::vector<mp::task<int>> tasks;
/// for (int i = 1; i <= 100; ++i) tasks.push_back(number(i));
/// const std::vector<int> results = co_await mp::join_all(std::move(tasks));  // in the same order
/// ```
template <class R>
  requires detail::is_range_of_branches<R>
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
    // Iterates the range before the thread takes part: iterating runs user code, which in a
    // stackful task may resume on another thread.
    detail::branch_array<std::remove_reference_t<element>> branches(
        range, static_cast<std::size_t>(std::ranges::distance(range)));
    detail::participation here;
    return detail::join_all_blocking(here, branches.all());
  }
}
MICROPOOL_INSTEAD_OF_CALL(join_all,
                          "join_all(range), where range is given away as std::move(tasks), or "
                          "holds callables without parameters")

}  // namespace micropool
