// SPDX-License-Identifier: MIT OR Apache-2.0
// The background tier: tasks that run when no foreground call wants the workers.
#pragma once

#include <micropool/detail/task/spawn_state.hpp>
#include <micropool/error.hpp>
#include <micropool/optional_ref.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace micropool {

namespace detail {

// What both kinds of handle share.
template <class T>
class task_handle {
public:
  explicit operator bool() const noexcept { return state_ != nullptr; }

  // Has it ended, been cancelled included? What it did is visible then. Never waits.
  // Throws empty_handle, as every other member does on a handle that holds no task.
  bool complete() const { return state("complete()").has_ended(); }

  // Runs the task here if nobody has started it, or else what it has forked or waits for, one job
  // after the other; returns when there is nothing left to take, whether it has ended or not.
  void help() const { help_with(state("help()")); }

protected:
  task_handle() noexcept = default;
  explicit task_handle(spawn_state<T>* s) noexcept : state_(s) {}

  spawn_state<T>& state(const char* call) const {
    if (state_ == nullptr) [[unlikely]] throw_empty_handle(call);
    return *state_;
  }

  spawn_state<T>* state_ = nullptr;
};

}  // namespace detail

// The one handle of a background task, from spawn_owned(). Movable.
//
// Dropping it detaches the task, which still runs. It may outlive its pool: then the task has run
// or was cancelled.
// Threads: any, one at a time.
// Errors: join() and co_await throw what the task threw, task_cancelled, or empty_handle. An
// exception that nobody gets goes to pool_options::on_unhandled_exception of its pool.
template <class T>
class [[nodiscard("dropping the handle detaches the task")]] owned_task
    : public detail::task_handle<T> {
public:
  using value_type = T;

  owned_task() noexcept = default;
  owned_task(owned_task&& other) noexcept : owned_task(other.release()) {}
  owned_task& operator=(owned_task&& other) noexcept {
    if (this != &other) {
      drop();
      this->state_ = other.release();
    }
    return *this;
  }
  ~owned_task() { drop(); }

  // Waits for the end and returns the result; the handle is empty afterwards. Blocks and takes
  // part: runs the task here if nobody has started it, otherwise helps with what it has forked, and
  // with nothing else. The task and what it has forked go on in the tier of the caller.
  T join() {
    const owned_task whole = take("join()");
    detail::wait_for_end(*whole.state_);
    return whole.state_->take();
  }

  // The result if it has ended, as join(); std::optional, optional_ref for a reference, bool for
  // void. Otherwise nothing, and the handle stays.
  auto try_join() {
    const bool ended = this->state("try_join()").has_ended();
    if constexpr (std::is_void_v<T>) {
      if (ended) join();
      return ended;
    } else if constexpr (std::is_reference_v<T>) {
      return ended ? optional_ref<std::remove_reference_t<T>>(join()) : std::nullopt;
    } else {
      return ended ? std::optional<T>(join()) : std::nullopt;
    }
  }

  // Gives the task up: true if it will never run. False if it has started, or ended; then it is
  // detached. Constant time; the handle is empty afterwards.
  bool cancel() {
    const owned_task whole = take("cancel()");
    return detail::cancel_task(*whole.state_);
  }

  // co_await std::move(t): as join(), but suspends instead of blocking.
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
  awaiter awaiter_in(detail::frame& parent) && { return {take("co_await"), parent}; }

  // For the library: takes over a task that has been queued.
  explicit owned_task(detail::spawn_state<T>* s) noexcept : detail::task_handle<T>(s) {}

private:
  detail::spawn_state<T>* release() noexcept { return std::exchange(this->state_, nullptr); }
  owned_task take(const char* call) {
    static_cast<void>(this->state(call));
    return owned_task(release());
  }
  void drop() noexcept {
    if (this->state_ != nullptr) detail::release(*release());
  }
};

// A copyable handle of a background task, from spawn_shared(). All copies are equal; any number of
// threads and coroutines may wait at the same time.
//
// Threads: any, also copies of one handle at the same time. Lifetime, errors: as owned_task. What
// join() returns lives as long as any handle.
template <class T>
class [[nodiscard("dropping the last handle detaches the task")]] shared_task
    : public detail::task_handle<T> {
public:
  using value_type = T;
  // What join() returns: void, the reference itself, or a reference to the result.
  using reference = std::conditional_t<std::is_void_v<T> || std::is_reference_v<T>, T,
                                       std::add_lvalue_reference_t<const T>>;

  shared_task() noexcept = default;
  shared_task(const shared_task& other) noexcept : detail::task_handle<T>(other) { keep(); }
  shared_task(shared_task&& other) noexcept
      : detail::task_handle<T>(std::exchange(other.state_, nullptr)) {}
  shared_task& operator=(shared_task other) noexcept {
    std::swap(this->state_, other.state_);
    return *this;
  }
  ~shared_task() { drop(); }

  // As owned_task::join(), but the handle keeps the task and may be joined again.
  reference join() const {
    auto& s = this->state("join()");
    detail::wait_for_end(s);
    return get(s);
  }

  // A pointer to the result if it has ended, or null; bool for void.
  auto try_join() const {
    auto& s = this->state("try_join()");
    const bool ended = s.has_ended();
    if constexpr (std::is_void_v<T>) {
      if (ended) get(s);
      return ended;
    } else {
      return ended ? std::addressof(get(s)) : nullptr;
    }
  }

  // Gives this handle up, and wants the task cancelled: that happens when no other handle is left.
  // True if it will never run. The handle is empty afterwards.
  bool cancel() {
    this->state("cancel()").unwanted.store(true, std::memory_order_relaxed);
    return drop();
  }

  // co_await t: as join(), but suspends instead of blocking. The handle must stay until then.
  class awaiter : public detail::task_end_awaiter {
  public:
    awaiter(detail::spawn_state<T>& s, detail::frame& parent) noexcept
        : task_end_awaiter(s, parent), state_(s) {}
    reference await_resume() { return get(state_); }

  private:
    detail::spawn_state<T>& state_;
  };
  awaiter awaiter_in(detail::frame& parent) const& { return {this->state("co_await"), parent}; }
  void awaiter_in(detail::frame& parent) && = delete;

  // For the library: takes over a task that has been queued.
  explicit shared_task(detail::spawn_state<T>* s) noexcept : detail::task_handle<T>(s) {}

private:
  static reference get(detail::spawn_state<T>& s) {
    s.require_result();
    if constexpr (!std::is_void_v<T>) return s.result.peek();
  }
  void keep() noexcept {
    if (this->state_ != nullptr) this->state_->handles.fetch_add(1, std::memory_order_relaxed);
  }
  // True if that has cancelled the task.
  bool drop() noexcept {
    auto* s = std::exchange(this->state_, nullptr);
    return s != nullptr && detail::drop_shared(*s);
  }
};

// Queues a task, another awaitable, or a callable (which may make a task) as a background task of
// the current pool. It is moved or copied into the task.
//
// Threads: any. The call never blocks on work and runs none. Without workers the task runs when it
// is joined, helped, or the pool is shut down.
// Errors: pool_stopped after shutdown, and what copying the callable throws; then nothing was
// queued.
// Cost: one recycled block, an uncontended lock, and a wake-up if all workers sleep.
template <class A>
auto spawn_owned(A&& a) {
  return owned_task(detail::spawn_on(detail::spawn_target(), std::forward<A>(a), false));
}
template <class A>
auto spawn_shared(A&& a) {
  return shared_task(detail::spawn_on(detail::spawn_target(), std::forward<A>(a), true));
}

}  // namespace micropool
