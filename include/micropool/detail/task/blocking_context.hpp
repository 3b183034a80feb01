// SPDX-License-Identifier: MIT OR Apache-2.0
// blocking_context: where the caller of a blocking call stands: on the stack of a thread, which the
// call blocks, or in a fiber, which it suspends: then the host awaits on its behalf, with the same
// awaiters.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/task/concepts.hpp>
#include <micropool/detail/task/foreign.hpp>

#include <coroutine>
#include <exception>
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

// A blocking call asks once where its caller stands, and then has one body for both.
class blocking_context {
public:
  blocking_context() noexcept : fiber_(this_fiber()) {}
  explicit blocking_context(fiber& f) noexcept : fiber_(&f) {}

  bool in_fiber() const noexcept { return fiber_ != nullptr; }
  // The members down to await() require in_fiber().
  frame& host() const noexcept { return fiber_->host; }
  // Suspends the fiber until the wait is over. The awaiter must have been made for the host.
  // Rethrows what await_ready and await_suspend throw.
  template <class Awaiter>
  void wait(Awaiter& a, call_site at = {}) const {
    host().waits_at = at;
    awaiter_wait<Awaiter> w(a);
    fiber_->wait(w);
    w.rethrow();
  }
  // As `co_await a` in the host.
  template <class A>
  await_result_t<A> await(A&& a, call_site at = {}) const {
    if constexpr (own_awaitable<A>) {
      auto awaiter = std::forward<A>(a).awaiter_in(host());
      wait(awaiter, at);
      return awaiter.await_resume();
    } else {
      foreign_awaiter<A> awaiter(host(), std::forward<A>(a));
      wait(awaiter, at);
      return awaiter.await_resume();
    }
  }

  // Whether the caller is a fiber that may be suspended for work of that pool, null being its own:
  // no thread is sure to run the work of another pool that has no workers.
  bool suspends_for(const pool_state* pool) const noexcept {
    return in_fiber() && (pool == nullptr || pool == host().home->pool || has_workers(*pool));
  }
  // Runs plain code on the stack of the thread, where it may block the thread. For calls that make
  // the thread a participant of another pool, or a helper, for longer than until the fiber's next
  // wait.
  template <class F>
  MICROPOOL_ALWAYS_INLINE void on_thread_stack(F&& plain) const {
    if (!in_fiber()) [[likely]] return plain();
    leave_fiber_for(plain);
  }

private:
  template <class F>
  MICROPOOL_NOINLINE void leave_fiber_for(F& plain) const {
    struct call {
      F& plain;
      bool await_ready() { return plain(), true; }
      void await_suspend(std::coroutine_handle<>) noexcept {}
    };
    call c{plain};
    wait(c);
  }

  fiber* fiber_;
};

}  // namespace micropool::detail
