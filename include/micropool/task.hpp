// SPDX-License-Identifier: MIT OR Apache-2.0
// task<T>: a lazy coroutine that runs on a pool.
#pragma once

#include <micropool/detail/task/promise.hpp>
#include <micropool/error.hpp>

#include <coroutine>
#include <cstddef>
#include <utility>

namespace micropool {

// A coroutine that starts when it is awaited, and is awaited at most once.
//
// T may be void, a reference, move-only, not default-constructible. A task may co_await any C++20
// awaitable; resumed by a foreign one it continues on its own pool. Its exception comes out of the
// co_await. Destroying a task that was never awaited frees its frame and runs nothing.
//
// Threads: a task object may be created, moved and destroyed on any thread, by one at a time; the
// coroutine may continue on another thread after every co_await.
// Lifetime: parameters taken by reference, and the captures of a lambda that is a coroutine, must
// outlive the task (docs/pitfalls.md).
// Errors: awaiting an empty (moved-from or already awaited) task throws empty_handle.
// Cost: one recycled allocation; awaiting costs a nested call while nothing suspends.
template <class T = void>
class [[nodiscard("a task does nothing until it is awaited")]] task {
public:
  using promise_type = detail::task_promise<T>;
  using value_type = T;

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

  // False if moved from, awaited or default-constructed.
  explicit operator bool() const noexcept { return promise_ != nullptr; }

  // For the library's own awaitables; throws empty_handle if there is no coroutine.
  promise_type& promise() const {
    if (promise_ == nullptr) [[unlikely]] throw_empty();
    return *promise_;
  }

  // Hands the coroutine to whoever destroys it when it has ended.
  promise_type& release() {
    promise_type& p = promise();
    promise_ = nullptr;
    return p;
  }

  auto awaiter_in(detail::frame& parent) &&;

private:
  friend promise_type;
  explicit task(promise_type& p) noexcept : promise_(&p) {}

  void destroy() noexcept {
    if (promise_ != nullptr) promise_->handle().destroy();
  }
  [[noreturn]] MICROPOOL_COLD static void throw_empty() {
    throw empty_handle(
        "micropool::task: awaited a task that holds no coroutine (moved from, awaited before or "
        "default-constructed); await each task once");
  }

  promise_type* promise_ = nullptr;
};

namespace detail {

template <class T>
class single_child {
public:
  explicit single_child(task<T>&& t) : promise_(&t.release()) {}
  single_child(single_child&& other) noexcept
      : promise_(other.promise_), started_(std::exchange(other.started_, true)) {}
  single_child& operator=(single_child&&) = delete;
  ~single_child() {
    if (!started_) promise_->handle().destroy();
  }

  static constexpr std::size_t size() noexcept { return 1; }
  frame& frame_of(std::size_t) noexcept { return *promise_; }
  void start() noexcept {
    started_ = true;
    promise_->out = &slot_;
  }
  T results() { return slot_.get(); }

private:
  task_promise<T>* promise_;
  bool started_ = false;
  slot<T> slot_;
};

// Awaiting a task is a join of one.
template <class T>
class await_one {
public:
  await_one(frame& parent, task<T>&& t)
      : join_(std::in_place, std::move(t)), run_(std::move(join_).awaiter_in(parent)) {}
  await_one(const await_one&) = delete;
  await_one& operator=(const await_one&) = delete;

  bool await_ready() noexcept { return run_.await_ready(); }
  bool await_suspend(std::coroutine_handle<> h) noexcept { return run_.await_suspend(h); }
  T await_resume() { return run_.await_resume(); }

private:
  fork_join<single_child<T>> join_;
  typename fork_join<single_child<T>>::awaiter run_;
};

}  // namespace detail

template <class T>
auto task<T>::awaiter_in(detail::frame& parent) && {
  return detail::await_one<T>(parent, std::move(*this));
}

}  // namespace micropool
