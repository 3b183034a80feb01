// SPDX-License-Identifier: MIT OR Apache-2.0
// The promise of task<T>.
#pragma once

#include <micropool/detail/task/foreign.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Ends a coroutine. Returns to whoever resumed it: to the parent if it ran inline, else to the
// bottom loop, which then resumes the parent if this was the last child. No symmetric transfer:
// it mispredicts where call and return do not, and nothing nests here anyway.
struct end_of_task {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) const noexcept {
    frame& f = h.promise();
    // LAST TOUCH: once the parent knows, the frame may be gone.
    if (f.detached) f.up->ended(*f.up, f, *f.runner);
  }
  void await_resume() const noexcept {}
};

template <class T>
struct promise_return : result_value<T> {
  template <class U = T>
  void return_value(U&& u) {
    this->emplace(std::forward<U>(u));
  }
};
template <>
struct promise_return<void> : result_value<void> {
  void return_void() noexcept {}
};

template <class T>
struct task_promise : frame, promise_return<T> {
  task_promise() noexcept { self = std::coroutine_handle<task_promise>::from_promise(*this); }

  task<T> get_return_object() noexcept;
  std::suspend_always initial_suspend() noexcept { return {}; }
  end_of_task final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { exception = std::current_exception(); }

  template <class A>
  decltype(auto) await_transform(A&& a) {
    static_assert(!(is_task<std::remove_cvref_t<A>> && std::is_lvalue_reference_v<A>),
                  "micropool: a task is consumed by awaiting it; write co_await std::move(task)");
    if constexpr (own_awaitable<A>) {
      return std::forward<A>(a).awaiter_in(*this);
    } else {
      static_assert(awaitable<A>, "micropool: co_await needs an awaitable");
      return foreign_awaiter<A>(*this, std::forward<A>(a));
    }
  }

  static void* operator new(std::size_t n) { return frame_allocate(n); }
  static void operator delete(void* p, std::size_t n) noexcept { frame_deallocate(p, n); }
};

}  // namespace micropool::detail
