// SPDX-License-Identifier: MIT OR Apache-2.0
// Background tasks: they run when no foreground call needs the workers.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/task/spawn_state.hpp>
#include <micropool/error.hpp>
#include <micropool/optional_ref.hpp>

#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace micropool {

namespace detail {

// Common base of the two handles. Handle::class_name is the name that messages use.
template <class T, class Handle>
class task_handle {
public:
  /// Returns true if the handle holds a task.
  explicit operator bool() const noexcept { return state_ != nullptr; }

  /// Returns true if the task has ended or was cancelled; its side effects are then visible to the
  /// caller. Does not block. Throws empty_handle, as every other member does, if the handle holds
  /// no task.
  bool complete() const { return detail::ended_or_lost(state("complete()")); }

  /// Starts the task here if it has not been started, then runs the jobs that it has forked or
  /// waits for, one after another. Returns when there is no such job left to take, whether or not
  /// the task has ended. A coroutine that yields is ready again at once, so it is run until it ends
  /// or waits for something that is not ready.
  void help() const { help_with(state("help()")); }

protected:
  task_handle() noexcept = default;
  explicit task_handle(spawn_state<T>* s) noexcept : state_(s) {}

  spawn_state<T>& state(const char* call) const {
    if (state_ == nullptr) [[unlikely]] throw_empty_handle(Handle::class_name, call);
    return *state_;
  }
  void require_for_await() const {
    if (state_ == nullptr) [[unlikely]] throw_awaited_handle_empty(Handle::class_name);
  }

  spawn_state<T>* state_ = nullptr;
};

}  // namespace detail

/// The only handle of a background task, returned by spawn_owned(). Movable.
///
/// Destroying the handle detaches the task, which still runs. The handle may outlive the pool; by
/// then the task has run or was cancelled.
/// Threads: any, one at a time.
/// Errors: join() and co_await rethrow the task's exception, and throw task_cancelled or
/// empty_handle. An exception that no handle can retrieve any more goes to
/// pool_options::on_unhandled_exception of the task's pool.
template <class T>
class [[nodiscard("dropping the handle detaches the task")]] owned_task
    : public detail::task_handle<T, owned_task<T>> {
  using handle = detail::task_handle<T, owned_task>;

public:
  using value_type = T;  ///< the type of the result

  /// Makes an empty handle.
  owned_task() noexcept = default;
  owned_task(owned_task&& other) noexcept : handle(other.release()) {}
  owned_task& operator=(owned_task&& other) noexcept {
    if (this != &other) {
      drop();
      this->state_ = other.release();
    }
    return *this;
  }
  ~owned_task() { drop(); }

  /// Blocks until the task has ended and returns its result; the handle is empty afterwards.
  /// Meanwhile the caller runs the task if it has not been started, and otherwise helps with what
  /// it has forked; it runs nothing unrelated. The task and what it has forked continue in the
  /// caller's tier.
  T join() {
    const owned_task whole = take("join()");
    detail::wait_for_end(*whole.state_);
    return whole.state_->take();
  }

  /// As join() if the task has ended; otherwise returns an empty value and keeps the handle. The
  /// result is a std::optional, an optional_ref for a reference, or a bool for void.
  auto try_join() {
    const bool ended = detail::ended_or_lost(this->state("try_join()"));
    if constexpr (std::is_void_v<T>) {
      if (ended) join();
      return ended;
    } else if constexpr (std::is_reference_v<T>) {
      return ended ? optional_ref<std::remove_reference_t<T>>(join()) : std::nullopt;
    } else {
      if (!ended) return std::optional<T>();
      const owned_task whole = take("try_join()");
      whole.state_->require_for_owner();
      return std::optional<T>(whole.state_->result.take());
    }
  }

  /// Cancels the task if it has not been started, and returns true: it will never run. Otherwise
  /// detaches it and returns false. The handle is empty afterwards. Constant time.
  bool cancel() {
    const owned_task whole = take("cancel()");
    return detail::cancel_task(*whole.state_);
  }

  /// co_await std::move(t): as join(), but suspends instead of blocking.
  class awaiter : detail::task_end_awaiter {
  public:
    awaiter(owned_task&& t, detail::frame& parent) noexcept
        : task_end_awaiter(*t.state_, parent), task_(std::move(t)) {}
    using task_end_awaiter::await_ready;
    using task_end_awaiter::await_suspend;
    T await_resume() { return task_.state_->take(); }

  private:
    owned_task task_;
  };
  awaiter awaiter_in(detail::frame& parent) && {
    this->require_for_await();
    return {std::move(*this), parent};
  }

  // For the library: takes ownership of a task that has been queued.
  owned_task(detail::passkey, detail::spawn_state<T>* s) noexcept : handle(s) {}

private:
  friend handle;
  static constexpr const char* class_name = "micropool::owned_task";

  detail::spawn_state<T>* release() noexcept { return std::exchange(this->state_, nullptr); }
  owned_task take(const char* call) {
    static_cast<void>(this->state(call));
    return owned_task(detail::passkey(), release());
  }
  void drop() noexcept {
    if (this->state_ != nullptr) detail::release(*release());
  }
};

/// A copyable handle of a background task, returned by spawn_shared(). All copies are equal; any
/// number of threads and coroutines may wait through them at the same time.
///
/// Threads: any; copies of one handle may be used concurrently. Lifetime, errors: as owned_task.
/// The reference that join() returns is valid as long as any handle exists.
template <class T>
class [[nodiscard("dropping the last handle detaches the task")]] shared_task
    : public detail::task_handle<T, shared_task<T>> {
  using handle = detail::task_handle<T, shared_task>;

public:
  using value_type = T;  ///< the type of the result
  /// What join() returns: void, the reference itself, or a reference to the result.
  using reference = std::conditional_t<std::is_void_v<T> || std::is_reference_v<T>, T,
                                       std::add_lvalue_reference_t<const T>>;

  /// Makes an empty handle.
  shared_task() noexcept = default;
  shared_task(const shared_task& other) noexcept : handle(other) { keep(); }
  shared_task(shared_task&& other) noexcept : handle(std::exchange(other.state_, nullptr)) {}
  shared_task& operator=(shared_task other) noexcept {
    std::swap(this->state_, other.state_);
    return *this;
  }
  ~shared_task() { drop(); }

  /// As owned_task::join(), but the handle keeps the task and may be joined again.
  reference join() const {
    auto& s = this->state("join()");
    detail::wait_for_end(s);
    return get(s);
  }

  /// Returns a pointer to the result if the task has ended, otherwise null; for void, a bool.
  auto try_join() const {
    auto& s = this->state("try_join()");
    const bool ended = detail::ended_or_lost(s);
    if constexpr (std::is_void_v<T>) {
      if (ended) get(s);
      return ended;
    } else {
      return ended ? std::addressof(get(s)) : nullptr;
    }
  }

  /// Releases this handle and requests cancellation, which takes effect when the last handle is
  /// released. Returns true if this call has cancelled the task. The handle is empty afterwards.
  bool cancel() {
    this->state("cancel()").unwanted.store(true, std::memory_order_relaxed);
    return drop();
  }

  /// co_await t: as join(), but suspends instead of blocking. The handle must outlive the co_await.
  class awaiter : public detail::task_end_awaiter {
  public:
    awaiter(detail::spawn_state<T>& s, detail::frame& parent) noexcept
        : task_end_awaiter(s, parent), state_(s) {}
    reference await_resume() { return get(state_); }

  private:
    detail::spawn_state<T>& state_;
  };
  awaiter awaiter_in(detail::frame& parent) const& {
    this->require_for_await();
    return {*this->state_, parent};
  }
  void awaiter_in(detail::frame& parent) && = delete;

  // For the library: takes ownership of a task that has been queued.
  shared_task(detail::passkey, detail::spawn_state<T>* s) noexcept : handle(s) {}

private:
  friend handle;
  static constexpr const char* class_name = "micropool::shared_task";

  static reference get(detail::spawn_state<T>& s) {
    s.require_result();
    if constexpr (!std::is_void_v<T>) return s.result.peek();
  }
  void keep() noexcept {
    if (this->state_ != nullptr) this->state_->handles.fetch_add(1, std::memory_order_relaxed);
  }
  // Returns true if that has cancelled the task.
  bool drop() noexcept {
    auto* s = std::exchange(this->state_, nullptr);
    return s != nullptr && detail::drop_shared(*s);
  }
};

/// Queues a task, another awaitable, or a callable (which may make a task) as a background task of
/// the current pool. The argument is moved or copied into the background task.
///
/// ```cpp
/// mp::owned_task<int> t = mp::spawn_owned([] { return 6 * 7; });  // queued: a worker may take it
/// auto [a, b] = mp::join([] { return 1; }, [] { return 2; });     // while it waits, this is first
/// return t.join() + a + b;                                        // runs it here if no worker has
/// ```
///
/// Threads: any. The call does not block on work and runs none. In a pool without workers the task
/// runs when it is joined or helped, or when the pool is shut down.
/// Errors: throws pool_stopped after shutdown, and what copying the callable throws; then nothing
/// was queued.
/// Cost: one recycled block, an uncontended lock, and a wake-up if all workers sleep.
/// `at` is the place that messages about the task name; a function that spawns for its caller
/// passes its own `at`.
template <class A>
  requires detail::is_branch<A>
auto spawn_owned(A&& a, std::source_location at = std::source_location::current()) {
  return owned_task(detail::passkey(),
                    detail::spawn_on(detail::spawn_target(), std::forward<A>(a), false, at));
}
MICROPOOL_INSTEAD_OF_AWAITING(spawn_owned,
                          "spawn_owned(x), where x is std::move(task), another awaitable, or a "
                          "callable without parameters")
/// As spawn_owned(), with a handle that can be copied: any number of threads and coroutines may
/// wait for the task.
///
/// ```cpp
/// const mp::shared_task<std::string> text = mp::spawn_shared([&runs] {
///   ++runs;
///   return std::string("computed once");
/// });
/// auto [a, b] = mp::join([text] { return text.join().size(); },  // const std::string&
///                        [text] { return text.join().size(); });
/// ```
template <class A>
  requires detail::is_branch<A>
auto spawn_shared(A&& a, std::source_location at = std::source_location::current()) {
  return shared_task(detail::passkey(),
                     detail::spawn_on(detail::spawn_target(), std::forward<A>(a), true, at));
}
MICROPOOL_INSTEAD_OF_AWAITING(spawn_shared,
                          "spawn_shared(x), where x is std::move(task), another awaitable, or a "
                          "callable without parameters")

}  // namespace micropool
