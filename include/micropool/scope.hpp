// SPDX-License-Identifier: MIT OR Apache-2.0
// scope: runs children whose number is known only at run time.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/sched/migration.hpp>
#include <micropool/detail/task/fiber_await.hpp>
#include <micropool/detail/task/scope_children.hpp>

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace micropool {

/// A reference to a scope, through which its body and children fork further children. Cheap to
/// copy.
///
/// Threads: any, while the body or a child of the scope runs.
/// Lifetime: a copy may outlive the scope, but must not be used then; such use is detected. With
/// debug checks, every member then terminates the program with a message (that of fork names the
/// calling line). Without them, fork throws std::logic_error, stop_requested() and the stop token
/// report a stop, and request_stop does nothing.
class scope_ref {
public:
  explicit scope_ref(detail::scope_data& s) noexcept
      : control_(&s.control), generation_(s.generation) {}

  /// Adds a child: a task, a plain callable, or a callable that makes a task (called by the thread
  /// that runs the child). The child is moved or copied into the scope and never runs inside fork,
  /// so fork may be called with a lock held. The child's result is discarded.
  /// Errors: an exception of a child requests stop, and the scope rethrows it once all children
  /// have ended. With debug checks, a task that has a result type and ends without co_return
  /// terminates the program with a message. `at` is the line that messages name; a function that
  /// forks for its caller passes its own `at`.
  /// Cost: two atomic additions, a push, and for a callable one recycled allocation.
  template <class Child>
    requires detail::is_branch<Child>
  void fork(Child&& child, detail::call_site at = MICROPOOL_CALL_SITE) const {
    using value = std::decay_t<Child>;
    if constexpr (detail::async_branch<Child>) {
      auto t = detail::as_task(std::forward<Child>(child));
      t.promise("micropool::scope_ref::fork()");
      detail::scope_data& s = control_->enter(generation_, at);
      auto& f = t.release("micropool::scope_ref::fork()");
      f.deliver_to(nullptr);
      f.up = &s;
      f.home = s.home;
      f.number = s.next_number();
      s.fork(f);
    } else {
      auto made = std::make_unique<detail::scope_child<value>>(std::forward<Child>(child));
      detail::scope_data& s = control_->enter(generation_, at);
      made->scope = &s;
      made->home = s.home;
      made->number = s.next_number();
      s.fork(*made.release());
    }
  }
  template <class... Args>
  auto fork(Args&&...) const
      -> detail::instead_write<"fork(child), where child is std::move(task), another awaitable, or a "
                               "callable without parameters"> =
      MICROPOOL_DELETED("fork(child), where child is std::move(task), another awaitable, or a "
                        "callable without parameters");
  template <class T>
  auto fork(shared_task<T>&&) const -> detail::instead_write<MICROPOOL_NAMED_SHARED_TASK> =
      MICROPOOL_DELETED(MICROPOOL_NAMED_SHARED_TASK);

  /// Requests cooperative cancellation. Children keep running until they check stop_requested().
  void request_stop() const noexcept { control_->request_stop(generation_); }
  /// Returns true if a stop was requested, by request_stop() or by the exception of a child.
  bool stop_requested() const noexcept { return control_->stop_requested(generation_); }
  /// For stop callbacks and interruptible waits. The first call in a scope allocates.
  std::stop_token stop_token() const { return control_->stop_token(generation_); }

private:
  detail::scope_control* control_;
  std::uint32_t generation_;
};

namespace detail {

// Not inlined: g++ 12 would warn that the result may be used although the body has thrown.
template <class F, class Result>
MICROPOOL_NOINLINE void call_scope_body(participant& p, scope_data& scope, F& body,
                                        Result& result) noexcept {
  const forking_here children(p, &scope);
  result.run([&]() -> decltype(auto) { return body(scope_ref(scope)); });
}

// Awaits the end of a scope that a fiber has opened. As scope_awaiter, except that the body has
// already run.
class scope_end_awaiter {
public:
  scope_end_awaiter(scope_data& s, const migration_check& opened, participant::index base) noexcept
      : scope_(s), opened_(opened), base_(base) {}

  bool await_ready() noexcept {
    // Runs the children that were not stolen, unless the fiber has migrated: then they were left to
    // the bottom loop of the old participant (J5).
    participant& p = *scope_.parent->runner;
    return scope_.ends_here(p, opened_.migrated() ? p.jobs.bottom() : base_, modes::unknown);
  }
  bool await_suspend(std::coroutine_handle<>) noexcept { return scope_.suspend_parent(); }

private:
  scope_data& scope_;
  const migration_check& opened_;
  const participant::index base_;
};

template <class F>
MICROPOOL_NOINLINE call_result_t<F&, scope_ref> scope_in_fiber(participant& p, F& body) {
  fiber& f = *p.in_fiber;
  const migration_hold place(f.host);
  scope_data scope(f.host);
  const participant::index base = p.jobs.bottom();
  const migration_check opened(p);
  slot<call_result_t<F&, scope_ref>, result_of::callable> result;
  call_scope_body(p, scope, body, result);
  scope_end_awaiter end(scope, opened, base);
  if (!scope.control.end_if_only_mine(scope_data::own_tokens)) wait_in_fiber(f, end);
  if (!result.failed() && scope.first_exception) result.fail(scope.first_exception);
  return result.get();
}

template <class F>
call_result_t<F&, scope_ref> scope_on_this_stack(const participation& here, F& body) {
  participant& p = here.self();
  blocked_call call(p);
  scope_data scope(call, p);
  const participant::index base = p.jobs.bottom();
  slot<call_result_t<F&, scope_ref>, result_of::callable> result;
  call_scope_body(p, scope, body, result);
  run_own_jobs(p, base, here.modes_of_code());
  if (!scope.control.arrive()) help_until_done(here, call, base);
  if (!result.failed() && scope.first_exception) result.fail(scope.first_exception);
  return result.get();
}

// Bodies may open scopes to any depth, so a deep one runs on a stack of its own.
template <class F>
MICROPOOL_NOINLINE call_result_t<F&, scope_ref> scope_on_enough_stack(const participation& here,
                                                                      F& body) {
  struct call {
    const participation& here;
    F& body;
    slot<call_result_t<F&, scope_ref>, result_of::callable> result{};

    static void run(void* self) noexcept {
      auto& [here, body, result] = *static_cast<call*>(self);
      result.run([&]() -> decltype(auto) { return scope_on_this_stack(here, body); });
    }
  };
  call c{here, body};
  call_with_enough_stack(here.self(), &call::run, &c);
  return c.result.get();
}

template <class F>
call_result_t<F&, scope_ref> scope_blocking(const participation& here, F& body) {
  participant& p = here.self();
  if (p.in_fiber != nullptr) [[unlikely]] return scope_in_fiber(p, body);
  if (p.is_deep()) [[unlikely]] return scope_on_enough_stack(here, body);
  return scope_on_this_stack(here, body);
}

template <class F>
concept async_scope_body =
    std::invocable<F&, scope_ref> && awaitable<std::invoke_result_t<F&, scope_ref>>;
// Variables rather than concepts: a compiler lists every part of a concept that fails.
template <class F>
inline constexpr bool is_plain_scope_body =
    std::invocable<F&, scope_ref> && !async_scope_body<F>;
template <class F>
inline constexpr bool is_async_scope_body = async_scope_body<F>;

}  // namespace detail

/// Calls the body with a scope_ref, waits until every child has ended (even if the body throws),
/// and returns the body's result. With a plain body, the call blocks and helps to run the children;
/// with a body that returns an awaitable, the call returns an awaitable.
///
/// ```cpp
/// mp::scope([&](mp::scope_ref s) {
///   for (std::size_t i = 0; i < values.size(); ++i) {
///     s.fork([&, i] { results[i] = values[i] * values[i]; });  // i by value: it changes
///   }
/// });
/// ```
///
/// Threads: any.
/// Lifetime: an awaited scope owns its body, so captures of a coroutine lambda given to it stay
/// alive until the scope has ended.
/// Errors: rethrows the body's exception, if it has thrown; otherwise that of the failed child with
/// the lowest fork number. Throws pool_stopped on a pool that has shut down.
/// Cost: a few stores; for children see scope_ref::fork.
template <class F>
  requires detail::is_plain_scope_body<F>
decltype(auto) scope(F&& body) {
  detail::participation here;
  return detail::scope_blocking(here, body);
}

template <class F>
  requires detail::is_async_scope_body<std::decay_t<F>>
auto scope(F&& body) {
  return detail::scope_awaitable<std::decay_t<F>, scope_ref>(std::forward<F>(body));
}
MICROPOOL_INSTEAD_OF_CALL(scope, "scope([&](micropool::scope_ref s) { ... })")

}  // namespace micropool
