// SPDX-License-Identifier: MIT OR Apache-2.0
// deliver: for coroutines that only forward the result of what they await. The result is
// constructed directly in the slot of the forwarding coroutine's parent, which saves one or two
// moves per coroutine.
#pragma once

#include <micropool/task.hpp>

#include <coroutine>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// The child of a forwarding task: its result goes to `out`, the slot of that task's parent. A
// scope's child has no such slot (null); then the result goes to a slot of this object, from which
// an exception is rethrown.
template <class T>
class forwarded_child {
public:
  forwarded_child(task<T>&& t, slot<T>* out)
      : promise_(&t.release("micropool: co_await or await")), out_(out) {}
  forwarded_child(forwarded_child&& other) noexcept
      : promise_(other.promise_), out_(other.out_), started_(std::exchange(other.started_, true)) {}
  forwarded_child& operator=(forwarded_child&&) = delete;
  ~forwarded_child() {
    if (!started_) promise_->handle().destroy();
  }

  static constexpr bool spent() noexcept { return false; }
  static constexpr std::size_t size() noexcept { return 1; }
  frame& frame_of(std::size_t) noexcept { return *promise_; }
  void start() noexcept {
    started_ = true;
    promise_->deliver_to(out_ != nullptr ? out_ : &dropped_);
  }
  delivered results() {
    if (out_ == nullptr) dropped_.require();
    return {};
  }

private:
  task_promise<T>* promise_;
  slot<T>* out_;
  bool started_ = false;
  slot<T> dropped_;
};

// For `co_return co_await deliver<T, A>(a)` in a task<T>. T must be the type that `a` yields, and
// not void.
template <class T, class A>
class deliver {
  static auto inner(frame& parent, A&& a) {
    if constexpr (own_awaitable<A>) {
      return std::forward<A>(a).awaiter_in(parent);
    } else {
      return foreign_awaiter<A>(parent, std::forward<A>(a));
    }
  }

public:
  explicit deliver(A&& a) noexcept : awaited_(std::forward<A>(a)) {}

  class awaiter {
  public:
    awaiter(frame& parent, A&& a)
        : out_(static_cast<task_promise<T>&>(parent).out),
          inner_(inner(parent, std::forward<A>(a))) {}

    bool await_ready() { return inner_.await_ready(); }
    auto await_suspend(std::coroutine_handle<> h) { return inner_.await_suspend(h); }
    delivered await_resume() {
      const auto take = [this]() -> decltype(auto) { return inner_.await_resume(); };
      if (out_ != nullptr) {
        out_->emplace_from(take);
      } else {
        static_cast<void>(take());
      }
      return {};
    }

  private:
    slot<T>* out_;
    decltype(inner(std::declval<frame&>(), std::declval<A>())) inner_;
  };
  awaiter awaiter_in(frame& parent) && { return {parent, std::forward<A>(awaited_)}; }

private:
  A&& awaited_;
};

template <class T>
class deliver<T, task<T>> {
public:
  explicit deliver(task<T>&& t) noexcept : awaited_(std::move(t)) {}

  auto awaiter_in(frame& parent) && {
    return await_only<forwarded_child<T>>(parent, std::move(awaited_),
                                          static_cast<task_promise<T>&>(parent).out);
  }

private:
  task<T>&& awaited_;
};

// The body of a coroutine that forwards what it awaits is
//   if constexpr (std::is_void_v<T>) co_await a; else co_return co_await deliver<T, A>(a);

}  // namespace micropool::detail
