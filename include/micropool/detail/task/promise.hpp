// SPDX-License-Identifier: MIT OR Apache-2.0
// The promise of task<T>.
#pragma once

#include <micropool/detail/sched/scope_data.hpp>
#include <micropool/detail/task/foreign.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Ends a coroutine. An inline one runs off its end, which destroys the frame and returns to the
// parent that resumed it. A detached one destroys itself, reports, and returns to the bottom loop,
// which then resumes the parent if this was the last child. No symmetric transfer: it mispredicts
// where call and return do not, and nothing nests here anyway.
struct end_of_task {
  frame& ending;

  bool await_ready() const noexcept { return !ending.detached; }
  void await_suspend(std::coroutine_handle<> self) const noexcept {
    completion& up = *ending.up;
    participant& p = *ending.runner;
    pool_state* const lodged_on = ending.lodges ? ending.home->pool : nullptr;
    // LAST TOUCH: the frame is gone, and with it this awaiter.
    self.destroy();
    if (lodged_on != nullptr) [[unlikely]] give_up_lodging(*lodged_on);
    up.ended(up, p);
  }
  void await_resume() const noexcept {}
};

// The result goes where the parent wants it; a scope's child has no place for one.
template <class T>
struct promise_return {
  template <class U = T>
  void return_value(U&& u) {
    if (out != nullptr) out->emplace(std::forward<U>(u));
  }
  slot<T>* out;  // set before the frame runs
};
template <>
struct promise_return<void> {
  void return_void() noexcept {}
  slot<void>* out;
};

template <class T>
struct task_promise : frame, promise_return<T> {
  task<T> get_return_object() noexcept {
    static_assert(alignof(task_promise) == alignof(frame));
    return task<T>(*this);
  }
  std::suspend_always initial_suspend() noexcept { return {}; }
  end_of_task final_suspend() noexcept { return {*this}; }
  void unhandled_exception() noexcept {
    if (this->out != nullptr) {
      this->out->exception = std::current_exception();
    } else {
      static_cast<scope_data*>(up)->fail(number, std::current_exception());
    }
  }

  template <class A>
  decltype(auto) await_transform(A&& a) {
    static_assert(!(is_task<std::remove_cvref_t<A>> && std::is_lvalue_reference_v<A>),
                  "micropool: a task is consumed by awaiting it; write co_await std::move(task)");
    if constexpr (own_awaitable<A>) {
      return std::forward<A>(a).awaiter_in(*this);
    } else {
      static_assert(awaitable<A>,
                    "micropool: co_await needs an awaitable; what can be awaited once, such as an "
                    "owned_task, is awaited as an rvalue: write co_await std::move(t)");
      return foreign_awaiter<A>(*this, std::forward<A>(a));
    }
  }

  static void* operator new(std::size_t n) { return frame_allocate(n); }
  static void operator delete(void* p, std::size_t n) noexcept { frame_deallocate(p, n); }
};

}  // namespace micropool::detail
