// SPDX-License-Identifier: MIT OR Apache-2.0
// Awaiting from plain code in a fiber: the host awaits on its behalf, with the same awaiters.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/task/concepts.hpp>
#include <micropool/detail/task/foreign.hpp>

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// The awaiter's await_ready and await_suspend run on the stack of the thread, with the host as the
// coroutine that awaits. Their exceptions are rethrown in the fiber.
template <class Awaiter>
class awaiter_wait : public fiber_wait {
public:
  explicit awaiter_wait(Awaiter& a) noexcept
      : fiber_wait{&awaiter_wait::is_ready, &awaiter_wait::begin}, inner_(a) {}

  void rethrow() {
    if (failed_) [[unlikely]] std::rethrow_exception(std::move(failed_));
  }

private:
  static bool is_ready(fiber_wait& w, frame&) noexcept {
    auto& self = static_cast<awaiter_wait&>(w);
    try {
      return static_cast<bool>(self.inner_.await_ready());
    } catch (...) {
      self.failed_ = std::current_exception();
      return true;
    }
  }
  static std::coroutine_handle<> begin(fiber_wait& w, frame&) noexcept {
    auto& self = static_cast<awaiter_wait&>(w);
    // Awaiters know their frame, and return this argument if the frame continues instead of
    // suspending.
    const std::coroutine_handle<> goes_on = nullptr;
    try {
      // LAST TOUCH: once it is suspended the fiber may run elsewhere, and the awaiter may be gone.
      return suspend_any(self.inner_, goes_on);
    } catch (...) {
      self.failed_ = std::current_exception();
      return goes_on;
    }
  }

  Awaiter& inner_;
  std::exception_ptr failed_;
};

// Suspends the fiber until the wait is over. The awaiter must have been made for its host. Rethrows
// what await_ready and await_suspend throw.
template <class Awaiter>
void wait_in_fiber(fiber& f, Awaiter& a, call_site at = {}) {
  f.host.waits_at = at;
  awaiter_wait<Awaiter> w(a);
  f.wait(w);
  w.rethrow();
}

// As `co_await a` in the host.
template <class A>
await_result_t<A> await_in_fiber(fiber& f, A&& a, call_site at = {}) {
  if constexpr (own_awaitable<A>) {
    auto awaiter = std::forward<A>(a).awaiter_in(f.host);
    wait_in_fiber(f, awaiter, at);
    return awaiter.await_resume();
  } else {
    foreign_awaiter<A> awaiter(f.host, std::forward<A>(a));
    wait_in_fiber(f, awaiter, at);
    return awaiter.await_resume();
  }
}

// Runs plain code on the stack of the thread, where it may block the thread. For calls that make
// the thread a participant of another pool, or a helper, for longer than until the fiber's next
// wait.
template <class F>
void on_stack_of_thread(fiber& f, F& plain) {
  struct call {
    F& plain;
    bool await_ready() { return plain(), true; }
    void await_suspend(std::coroutine_handle<>) noexcept {}
  };
  call c{plain};
  wait_in_fiber(f, c);
}

}  // namespace micropool::detail
