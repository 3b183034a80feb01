// SPDX-License-Identifier: MIT OR Apache-2.0
// await_one: awaiting a task is a join of one child.
#pragma once

#include <micropool/detail/task/fork_join.hpp>
#include <micropool/detail/task/promise.hpp>
#include <micropool/detail/task/result.hpp>

#include <coroutine>
#include <cstddef>
#include <utility>

namespace micropool::detail {

// The only child of a fork_join. Owns the coroutine until it is started.
template <class T>
class only_child {
public:
  explicit only_child(task_promise<T>& p) noexcept : promise_(&p) {}
  only_child(only_child&& other) noexcept
      : promise_(other.promise_), started_(std::exchange(other.started_, true)) {}
  only_child& operator=(only_child&&) = delete;
  ~only_child() {
    if (!started_) promise_->handle().destroy();
  }

  static constexpr bool spent() noexcept { return false; }
  static constexpr std::size_t size() noexcept { return 1; }
  frame& frame_of(std::size_t) noexcept { return *promise_; }
  void start() noexcept { start_into(slot_); }
  T results() { return slot_.get(); }

protected:
  void start_into(slot<T>& out) noexcept {
    started_ = true;
    promise_->deliver_to(&out);
  }

private:
  task_promise<T>* promise_;
  bool started_ = false;

protected:
  slot<T> slot_;
};

// The awaiter of one child, which is made in place from args.
template <class Child>
class await_one {
public:
  template <class... Args>
  explicit await_one(frame& parent, Args&&... args)
      : join_(std::in_place, std::forward<Args>(args)...),
        run_(std::move(join_).awaiter_in(parent)) {}
  await_one(const await_one&) = delete;
  await_one& operator=(const await_one&) = delete;

  bool await_ready() noexcept { return run_.await_ready(); }
  bool await_suspend(std::coroutine_handle<> h) noexcept { return run_.await_suspend(h); }
  decltype(auto) await_resume() { return run_.await_resume(); }

private:
  fork_join<Child> join_;
  typename fork_join<Child>::awaiter run_;
};

}  // namespace micropool::detail
