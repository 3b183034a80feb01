// SPDX-License-Identifier: MIT OR Apache-2.0
// foreign_awaiter: awaits an awaitable of another library. The coroutine resumes on its own pool,
// whichever thread completes the wait.
#pragma once

#include <micropool/detail/sched/bridge.hpp>
#include <micropool/detail/sched/suspension.hpp>
#include <micropool/detail/task/concepts.hpp>

#include <coroutine>
#include <string>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Calls await_suspend(h). Returns the coroutine to run next: h if the caller does not suspend.
template <class Awaiter>
std::coroutine_handle<> suspend_any(Awaiter& awaiter, std::coroutine_handle<> h) {
  using answer = decltype(awaiter.await_suspend(h));
  if constexpr (std::is_void_v<answer>) {
    awaiter.await_suspend(h);
    return std::noop_coroutine();
  } else if constexpr (std::is_convertible_v<answer, bool>) {
    return awaiter.await_suspend(h) ? std::noop_coroutine() : h;
  } else {
    return awaiter.await_suspend(h);
  }
}

template <class A>
class foreign_awaiter : foreign_wait {
public:
  foreign_awaiter(frame& awaiting, A&& a)
      : foreign_wait{awaiting}, inner_(get_awaiter(std::forward<A>(a))) {}

  bool await_ready() { return static_cast<bool>(inner_.await_ready()); }

  // Returns `self`, which is not used otherwise, if the parent continues instead of suspending.
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> self) {
    const bridge there = bridge::to(*this);
    suspension s(parent);
    [[maybe_unused]] const call_site at = parent.waits_at;  // outlives the parent
    std::coroutine_handle<> next;
    try {
      // LAST TOUCH: once the awaitable has the handle, the parent may run elsewhere, unless the
      // bridge can be taken back.
      next = suspend_any(inner_, there.handle());
    } catch (...) {
      // The handle may have been destroyed, by an owner that the exception has unwound, or resumed.
      // Then the parent has been posted or has run already, and this exception is dropped: a parent
      // whose handle was destroyed gets operation_abandoned instead.
      if (!there.take_back()) return std::noop_coroutine();
      s.undo();
      throw;
    }
    if (next != there.handle()) {
      there.let_go();
      return next;
    }
    if (!there.take_back()) [[unlikely]] {
      if constexpr (MICROPOOL_DEBUG_CHECKS) report_resumed_and_refused(at);
      return std::noop_coroutine();
    }
    s.undo();
    return self;
  }

  decltype(auto) await_resume() {
    if (abandoned) [[unlikely]] {
      throw_abandoned(type_name<std::remove_cvref_t<A>>(), parent.waits_at);
    }
    return inner_.await_resume();
  }

private:
  // The parent may be gone by now.
  [[noreturn]] MICROPOOL_COLD static void report_resumed_and_refused(call_site at) noexcept {
    const std::string wrong =
        "micropool: co_await of a " + std::string(type_name<std::remove_cvref_t<A>>()) +
        ": its await_suspend has answered that the coroutine does not suspend, after the handle "
        "that it was given had been resumed or destroyed";
    fail_misuse(wrong.c_str(),
                "let await_suspend return true, or nothing, once it has resumed the handle, stored "
                "it where another thread may resume it, or destroyed it",
                at.where());
  }

  decltype(get_awaiter(std::declval<A>())) inner_;
};

}  // namespace micropool::detail
