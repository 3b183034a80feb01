// SPDX-License-Identifier: MIT OR Apache-2.0
// The promise of task<T>.
#pragma once

#include <micropool/detail/base/instead.hpp>
#include <micropool/detail/sched/scope_data.hpp>
#include <micropool/detail/task/foreign.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/detail/work/frame_memory.hpp>

#include <algorithm>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// The final awaiter. An inline coroutine runs off its end, which destroys the frame and returns to
// the parent that resumed it. A detached one destroys itself, reports its end, and returns to the
// bottom loop, which then resumes the parent if this was the last child. Symmetric transfer is not
// used: its indirect jump mispredicts where call and return do not, and nothing nests here anyway.
struct end_of_task {
  frame& ending;

  bool await_ready() const noexcept { return !ending.detached; }
  void await_suspend(std::coroutine_handle<> self) const noexcept {
    completion& up = *ending.up;
    participant& p = *ending.runner;
    // The bottom loop's marks name this frame and its scope. They are cleared now, because the
    // destructors of the frame's variables may run code that reads them (scope_data::fork).
    p.run.resumed = nullptr;
    p.run.fork_scope = nullptr;
    pool_state* const migrated_to = ending.is_migrant ? ending.home->pool : nullptr;
    // LAST TOUCH: the frame is gone, and with it this awaiter.
    self.destroy();
    if (migrated_to != nullptr) [[unlikely]] release_reservation(*migrated_to);
    up.ended(up, p);
  }
  void await_resume() const noexcept {}
};

// co_returned by a coroutine of the library whose result is already in its slot (deliver.hpp).
struct delivered {};

// For debug checks: whether a coroutine without a slot has reached a co_return, or has thrown.
// Where there is a slot, the slot tells.
class return_mark {
public:
#if MICROPOOL_DEBUG_CHECKS
  void mark() noexcept { is_set_ = true; }
  bool is_missing() const noexcept { return !is_set_; }

private:
  bool is_set_ = false;
#else
  void mark() noexcept {}
  static constexpr bool is_missing() noexcept { return false; }
#endif
};

// Constructs the result in the parent's slot; a scope's child has none and drops it. co_return
// accepts what `return` accepts in a function with that result type.
template <class T>
struct promise_return {
  // A template, so that a braced list never selects it.
  template <std::same_as<delivered> D>
  void return_value(D) noexcept { returned.mark(); }
  template <class U = T>
    requires(std::is_convertible_v<U, T> && !std::same_as<U, delivered>)
  void return_value(U&& u) {
    returned.mark();
    if (out != nullptr) out->emplace_from([&]() -> T { return std::forward<U>(u); });
  }
  MICROPOOL_INSTEAD_OF_CALL(return_value, "co_return value, where value converts to the T of task<T>")
  slot<T>* out;  // set before the frame runs
  [[no_unique_address]] return_mark returned;
};
// bind() accepts what converts implicitly to T& without a temporary.
template <class T>
struct reference_to {
  static void bind(T&) noexcept;
  static void bind(T&&) = delete;
};
template <class U, class T>
concept binds_to = requires(U&& u) { reference_to<T>::bind(std::forward<U>(u)); };

template <class T>
struct promise_return<T&> {
  template <std::same_as<delivered> D>
  void return_value(D) noexcept { returned.mark(); }
  template <class U>
    requires binds_to<U, T>
  void return_value(U&& u) {
    returned.mark();
    if (out != nullptr) out->emplace_from([&]() -> T& { return std::forward<U>(u); });
  }
  MICROPOOL_INSTEAD_OF_CALL(return_value,
                            "co_return lvalue, which task<T&> returns a reference to, and which outlives the task")
  // Deleted for a local variable: some compilers, if this failed, would retry with an lvalue.
  void return_value(const T&&)
    requires std::is_object_v<T>
  = delete;
  slot<T&>* out;
  [[no_unique_address]] return_mark returned;
};
template <>
struct promise_return<void> {
  void return_void() noexcept {
    if (out != nullptr) out->emplace_from([] {});
  }
  slot<void>* out;
};

template <class T>
struct task_promise : frame, promise_return<T>, frame_memory<> {
  // Sets the slot for the result; null drops it. Must be called before the coroutine runs.
  void deliver_to(slot<T>* s) noexcept {
    this->out = s;
    if constexpr (MICROPOOL_DEBUG_CHECKS) {
      if (s != nullptr) s->comes_from(body);
    }
  }

  task<T> get_return_object(call_site at = MICROPOOL_CALL_SITE) noexcept {
    static_assert(alignof(task_promise) == alignof(frame));
    body = at;
    return task<T>(*this);
  }
  std::suspend_always initial_suspend() noexcept { return {}; }
  end_of_task final_suspend() noexcept {
    if constexpr (MICROPOOL_DEBUG_CHECKS && !std::is_void_v<T>) {
      if (this->out == nullptr && this->returned.is_missing()) [[unlikely]] {
        fail_without_result(type_name<T>(), body.where(), {});
      }
    }
    return {*this};
  }
  void unhandled_exception() noexcept {
    if constexpr (!std::is_void_v<T>) this->returned.mark();
    if (this->out != nullptr) {
      this->out->fail();
    } else {
      static_cast<scope_data*>(up)->fail(number, std::current_exception());
    }
  }

  template <class A>
    requires can_be_awaited<A>
  decltype(auto) await_transform(A&& a, call_site at = MICROPOOL_CALL_SITE) {
    waits_at = at;
    if constexpr (own_awaitable<A>) {
      return std::forward<A>(a).awaiter_in(*this);
    } else {
      return foreign_awaiter<A>(*this, std::forward<A>(a));
    }
  }
  MICROPOOL_INSTEAD_OF_AWAITING(await_transform,
                                "co_await x, where x is std::move(task), std::move(owned), a "
                                "shared_task that has a name, or another awaitable")
};

#if defined(__clang__)

// The alignment that a coroutine frame needs for a parameter or result of type T.
template <class T>
inline constexpr std::size_t alignment_in_frame = alignof(T);
template <class T>
  requires(std::is_void_v<T> || std::is_reference_v<T>)
inline constexpr std::size_t alignment_in_frame<T> = 1;
template <class... Variables>
inline constexpr std::size_t alignment_in_frame<frame_of<Variables...>> =
    std::max({std::size_t{1}, alignment_in_frame<Variables>...});

template <class T, std::size_t Alignment>
struct aligned_task_promise : task_promise<T>, frame_memory<Alignment> {
  using frame_memory<Alignment>::operator new;
  using frame_memory<Alignment>::operator delete;
};

template <class T, std::size_t Alignment>
using task_promise_at = std::conditional_t<Alignment <= block_alignment, task_promise<T>,
                                           aligned_task_promise<T, Alignment>>;

#endif

}  // namespace micropool::detail

#if defined(__clang__)
// Chooses the promise by the alignment that the coroutine's declaration implies (frame_memory.hpp).
template <class T, class... Parameters>
struct std::coroutine_traits<micropool::task<T>, Parameters...> {
  using promise_type = micropool::detail::task_promise_at<
      T, std::max({micropool::detail::alignment_in_frame<T>,
                   micropool::detail::alignment_in_frame<Parameters>...})>;
};
#endif
