// SPDX-License-Identifier: MIT OR Apache-2.0
// spawn_state: the typed part of a background task, that is its callable or coroutine, its result,
// and its awaiter.
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/task/as_task.hpp>
#include <micropool/detail/task/blocking_context.hpp>
#include <micropool/detail/task/fork_join.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Destroyed with the last reference, which may be the handles' or the pool's. An exception that has
// not been retrieved by then is reported.
template <class T>
struct spawn_state : background_task {
  using background_task::background_task;

  ~spawn_state() {
    if (result.failed() && !observed.load(std::memory_order_relaxed)) {
      report_unobserved(*this, result.take_exception());
    }
  }

  // For a shared task, whose result several waiters may read: throws task_cancelled or the task's
  // exception. If it returns, there is a result.
  void require_result() {
    observed.store(true, std::memory_order_relaxed);
    if (cancelled) throw_cancelled(*this);
    result.require(&spawned_at);
  }
  // For the only waiter of an owned task: as require_result(), but takes the exception away.
  void require_for_owner() {
    if (cancelled) throw_cancelled(*this);
    if (result.failed()) [[unlikely]] std::rethrow_exception(result.take_exception());
    result.require(&spawned_at);
  }
  T take() {
    require_for_owner();
    return result.get();
  }

  slot<T> result;
};

// A task that runs a plain callable. All of it is one recycled block.
template <class F>
struct spawned_callable final : spawn_state<call_result_t<F&>> {
  using base = spawn_state<call_result_t<F&>>;

  spawned_callable(pool_state& p, auto&& f)
      : base(p, &run, &manage), callable(std::in_place, std::forward<decltype(f)>(f)) {}

  static void run(job& j, participant& p) noexcept {
    auto& self = static_cast<spawned_callable&>(static_cast<background_task&>(j));
    self.result.run(*self.callable);
    self.callable.reset();
    // LAST TOUCH: the task may be gone.
    end_task(self, p);
  }

  static void manage(background_task& t, background_task::operation r) noexcept {
    auto& self = static_cast<spawned_callable&>(t);
    if (r == background_task::operation::discard) {
      self.callable.reset();
    } else {
      std::destroy_at(&self);
      deallocate_for(&self);
    }
  }

  std::optional<F> callable;  // until it has run or was cancelled
};

template <class T>
struct spawned_coroutine final : spawn_state<T> {
  spawned_coroutine(pool_state& p, task<T>&& t) : spawn_state<T>(p, nullptr, &manage) {
    auto& promise = t.release(passkey(), "micropool::spawn_owned() or spawn_shared()");
    promise.deliver_to(&this->result);
    this->coroutine = &promise;
  }

  static void manage(background_task& t, background_task::operation r) noexcept {
    auto& self = static_cast<spawned_coroutine&>(t);
    if (r == background_task::operation::discard) {
      self.coroutine->handle().destroy();
    } else {
      std::destroy_at(&self);
      deallocate_for(&self);
    }
  }
};

// Allocates and constructs the state. The caller owns it until it is queued.
template <class S, class... Args>
S* make_spawn_state(Args&&... args) {
  S* memory = allocate_for<S>();
  try {
    return std::construct_at(memory, std::forward<Args>(args)...);
  } catch (...) {
    deallocate_for(memory);
    throw;
  }
}

template <class A>
auto* spawn_on(pool_state& pool, A&& a, bool shared, std::source_location at) {
  using value = std::decay_t<A>;
  auto* state = [&] {
    if constexpr (async_branch<A>) {
      auto t = as_task(std::forward<A>(a));
      t.promise(passkey(), shared ? "micropool::spawn_shared()" : "micropool::spawn_owned()");
      using result = typename decltype(t)::value_type;
      return static_cast<spawn_state<result>*>(
          make_spawn_state<spawned_coroutine<result>>(pool, std::move(t)));
    } else {
      return static_cast<spawn_state<call_result_t<value&>>*>(
          make_spawn_state<spawned_callable<value>>(pool, std::forward<A>(a)));
    }
  }();
  state->shared = shared;
  state->spawned_at = at;
  try {
    spawn(*state);
  } catch (...) {
    abandon(*state);
    throw;
  }
  return state;
}

// Awaits the end of a task. The handle must exist until then.
class task_end_awaiter {
public:
  task_end_awaiter(background_task& t, frame& parent) noexcept : task_(t), parent_(parent) {}
  task_end_awaiter(const task_end_awaiter&) = delete;
  task_end_awaiter& operator=(const task_end_awaiter&) = delete;

  bool await_ready() noexcept { return run_or_announce(task_, parent_, waiter_); }
  bool await_suspend(std::coroutine_handle<>) noexcept {
    waiter_.coroutine = &parent_;
    return suspend_unless(parent_, [this]() noexcept { return !add_waiter(task_, waiter_); });
  }

private:
  background_task& task_;
  frame& parent_;
  task_waiter waiter_;
};

// For join(): blocks until the task has ended, in a fiber by suspending it.
inline void wait_for_end(background_task& t) {
  const blocking_context caller;
  if (!caller.suspends_for(t.pool)) [[likely]] return caller.on_thread_stack([&] { join_task(t); });
  if (t.has_ended()) return;
  task_end_awaiter end(t, caller.host());
  caller.wait(end);
}

inline void help_with(background_task& t) {
  blocking_context().on_thread_stack([&] { help_task(t); });
}

}  // namespace micropool::detail
