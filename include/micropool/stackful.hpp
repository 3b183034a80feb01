// SPDX-License-Identifier: MIT OR Apache-2.0
// stackful: plain code that waits without a thread.
#pragma once

#include <micropool/detail/task/as_task.hpp>
#include <micropool/detail/task/fiber_await.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/sync_wait.hpp>
#include <micropool/task.hpp>

#include <coroutine>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace micropool {
namespace detail {

// Awaited by a task, yields its frame.
struct own_frame {
  struct awaiter {
    frame& self;
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    frame& await_resume() const noexcept { return self; }
  };
  awaiter awaiter_in(frame& self) && noexcept { return {self}; }
};

// Awaited by the host of a fiber, runs it until the host has suspended and been resumed (false), or
// until the fiber's body has ended (true).
struct fiber_step {
  fiber& of;

  struct awaiter {
    fiber& of;
    bool ended = false;
    bool await_ready() noexcept { return ended = advance(of); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept { return depart(of); }
    bool await_resume() const noexcept { return ended; }
  };
  awaiter awaiter_in(frame&) && noexcept { return {of}; }
};

template <class F>
struct fiber_call {
  F& callable;
  slot<call_result_t<F&>> result{};

  static void run(void* self) noexcept {
    auto& [callable, result] = *static_cast<fiber_call*>(self);
    try {
      result.emplace_from(callable);
    } catch (...) {
      result.exception = std::current_exception();
    }
  }
};

template <class F>
task<call_result_t<F&>> run_in_fiber(F f, std::source_location made_at) {
  fiber_call<F> call{f};
  {
    frame& host = co_await own_frame();
    fiber own(host, stack_size_for(host), &fiber_call<F>::run, &call, made_at);
    while (!co_await fiber_step{own}) {
    }
  }
  co_return call.result.get();
}

}  // namespace detail

// A task that calls f, plain code, on a stack of its own. There `await` and every blocking call of
// this library (join, scope, the iterators, sync_wait, the join of a spawned task) suspend that
// stack instead of a thread: it costs no thread while it waits, and goes on, perhaps on another
// thread, as soon as what it waits for has ended. Locals stay, and so do exceptions that are being
// handled.
//
// Branches and children that other threads take run on the stacks of those threads.
// Threads: any; f may change its thread in every such call (docs/pitfalls.md).
// Lifetime: the task owns f.
// Errors: what f throws comes out of the task. Throws std::system_error, when it is awaited, if
// there is no memory for a stack. Needing more stack than pool_options::stacks.size ends the
// program with a message that names this call.
// Cost: a recycled stack; a switch to it and back costs some forty nanoseconds. A join whose
// branches nobody takes costs what it costs elsewhere.
template <class F>
auto stackful(F&& f, std::source_location made_at = std::source_location::current()) {
  using callable = std::decay_t<F>;
  static_assert(
      detail::plain_callable<callable&>,
      "micropool: stackful takes a callable without parameters that returns no awaitable; "
      "what can be awaited needs no stack");
  return detail::run_in_fiber<callable>(std::forward<F>(f), made_at);
}

// Waits for an awaitable, or for the one that a callable returns, and returns its result: inside a
// stackful task as its `co_await`, elsewhere as sync_wait.
//
// Threads: any. Errors: what awaiting it throws. Cost inside a stackful task: a switch to the host
// and back, some forty nanoseconds, where it does not suspend. What suspends and is not of this
// library costs a recycled frame and a post to come back, as in a coroutine.
template <class A>
  requires detail::awaitable<A>
decltype(auto) await(A&& a) {
  if (detail::fiber* f = detail::this_fiber())
    return detail::await_in_fiber(*f, std::forward<A>(a));
  if constexpr (detail::is_task<std::remove_cvref_t<A>>) {
    return sync_wait(std::forward<A>(a));
  } else {
    // In place: what is awaited need not be movable.
    return sync_wait(detail::await_later<A&&>(std::forward<A>(a)));
  }
}
template <class F>
  requires(!detail::awaitable<F> && detail::async_callable<std::remove_cvref_t<F>>)
decltype(auto) await(F&& makes) {
  return micropool::await(std::forward<F>(makes)());
}

}  // namespace micropool
