// SPDX-License-Identifier: MIT OR Apache-2.0
// run_in_fiber: the coroutine that hosts the fiber of a stackful task.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/task/concepts.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/task.hpp>

#include <coroutine>
#include <source_location>
#include <type_traits>

namespace micropool::detail {

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

// Awaited by the host of a fiber: runs the fiber and yields true once its body has ended, or false
// after the host has suspended for it and been resumed.
struct fiber_step {
  fiber& of;

  struct awaiter {
    fiber& of;
    bool ended = false;
    bool await_ready() noexcept { return ended = run_fiber(of); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
      return suspend_host(of);
    }
    bool await_resume() const noexcept { return ended; }
  };
  awaiter awaiter_in(frame&) && noexcept { return {of}; }
};

template <class F>
struct fiber_call {
  F& callable;
  slot<call_result_t<F&>, result_of::callable> result{};

  static void run(void* self) noexcept {
    auto& [callable, result] = *static_cast<fiber_call*>(self);
    result.run(callable);
  }
};

template <class F>
task<call_result_t<F&>> run_in_fiber(F f, std::source_location made_at) {
  fiber_call<F> call{f};
  {
    frame& host = co_await own_frame();
    fiber own(host, stack_size_for(host), &fiber_call<F>::run, &call, made_at);
    for (bool ended = false; !ended;) ended = co_await fiber_step{own};
  }
  call.result.require();
  if constexpr (!std::is_void_v<call_result_t<F&>>) co_return call.result.take();
}

}  // namespace micropool::detail
