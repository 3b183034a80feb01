// SPDX-License-Identifier: MIT OR Apache-2.0
// scope: runs children whose number is known only at run time.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/task/blocking_scope.hpp>
#include <micropool/detail/task/scope_children.hpp>

#include <cstdint>
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
  // For the library: refers to an open scope.
  scope_ref(detail::passkey, detail::scope_data& s) noexcept
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
      t.promise(detail::passkey(), "micropool::scope_ref::fork()");
      detail::scope_data& s = control_->enter(generation_, at);
      auto& f = t.release(detail::passkey(), "micropool::scope_ref::fork()");
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
  return detail::scope_blocking<scope_ref>(here, body);
}

template <class F>
  requires detail::is_async_scope_body<std::decay_t<F>>
auto scope(F&& body) {
  return detail::scope_awaitable<std::decay_t<F>, scope_ref>(std::forward<F>(body));
}
MICROPOOL_INSTEAD_OF_CALL(scope, "scope([&](micropool::scope_ref s) { ... })")

}  // namespace micropool
