// SPDX-License-Identifier: MIT OR Apache-2.0
// deliver: for coroutines that only forward the result of what they await. The result is
// constructed directly in the slot of the forwarding coroutine's parent, which saves one or two
// moves per coroutine.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/task.hpp>

#include <coroutine>
#include <utility>

namespace micropool::detail {

// The child of a forwarding task: its result goes to `out`, the slot of that task's parent. A
// scope's child has no such slot (null); then the result goes to the child's own slot, which
// rethrows an exception.
template <class T>
class forwarded_child : public only_child<T> {
public:
  forwarded_child(task_promise<T>& p, slot<T>* out) noexcept : only_child<T>(p), out_(out) {}

  void start() noexcept { this->start_into(out_ != nullptr ? *out_ : this->slot_); }
  delivered results() {
    if (out_ == nullptr) this->slot_.require();
    return {};
  }

private:
  slot<T>* out_;
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
    return await_one<forwarded_child<T>>(
        parent, awaited_.release(passkey(), "micropool: co_await or await"),
        static_cast<task_promise<T>&>(parent).out);
  }

private:
  task<T>&& awaited_;
};

// The body of a coroutine that forwards what it awaits is
//   if constexpr (std::is_void_v<T>) co_await a; else co_return co_await deliver<T, A>(a);

}  // namespace micropool::detail
