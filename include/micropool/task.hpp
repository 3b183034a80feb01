// SPDX-License-Identifier: MIT OR Apache-2.0
// task<T>: a lazy coroutine that runs on a pool.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/task/await_one.hpp>
#include <micropool/detail/task/promise.hpp>
#include <micropool/error.hpp>

#include <utility>

namespace micropool {

/// A coroutine that starts when it is awaited; it must be awaited at most once.
///
/// ```cpp
/// mp::task<long> fib(int n) {
///   if (n < 2) co_return n;
///   auto [a, b] = co_await mp::join(fib(n - 1), fib(n - 2));
///   co_return a + b;
/// }
/// ```
///
/// T may be void, a reference, move-only, or not default-constructible. A task may co_await any
/// C++20 awaitable; after a foreign one it resumes on its own pool, whichever thread completed the
/// wait. co_await rethrows the task's exception. Destroying a task that was never awaited frees its
/// frame and runs nothing.
///
/// Threads: a task object may be created, moved and destroyed on any thread, by one at a time; the
/// coroutine may resume on another thread after every co_await.
/// Lifetime: parameters taken by reference, and the captures of a lambda that is a coroutine, must
/// outlive the task (docs/pitfalls.md).
/// Errors: awaiting an empty (moved-from or already awaited) task throws empty_handle.
/// Cost: one recycled allocation; awaiting costs a nested call while nothing suspends.
template <class T = void>
class [[nodiscard("a task does nothing until it is awaited")]] task {
public:
  using promise_type = detail::task_promise<T>;
  using value_type = T;  ///< the type of the result

  /// Makes an empty task.
  task() noexcept = default;
  task(task&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      destroy();
      promise_ = std::exchange(other.promise_, nullptr);
    }
    return *this;
  }
  ~task() { destroy(); }

  /// Returns false if the task was moved from, awaited or default-constructed.
  explicit operator bool() const noexcept { return promise_ != nullptr; }

  // For the library. Throws empty_handle if there is no coroutine; `call` is the call that the text
  // names.
  promise_type& promise(detail::passkey, const char* call) const {
    if (promise_ == nullptr) [[unlikely]] {
      detail::throw_empty_task(call, detail::type_name<T>());
    }
    return *promise_;
  }

  // For the library. Transfers the coroutine to the caller, which must start or destroy it; once
  // started, it destroys itself when it ends. Throws as promise().
  promise_type& release(detail::passkey key, const char* call) {
    promise_type& p = promise(key, call);
    promise_ = nullptr;
    return p;
  }

  auto awaiter_in(detail::frame& parent) && {
    return detail::await_one<detail::only_child<T>>(
        parent, release(detail::passkey(), "micropool: co_await or await"));
  }

private:
  friend promise_type;
  explicit task(promise_type& p) noexcept : promise_(&p) {}

  void destroy() noexcept {
    if (promise_ != nullptr) promise_->handle().destroy();
  }

  promise_type* promise_ = nullptr;
};

}  // namespace micropool
