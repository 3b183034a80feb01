// SPDX-License-Identifier: MIT OR Apache-2.0
// What a spawned task is made of: what it runs, where its result waits, and how it is awaited.
#pragma once

#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/task/as_task.hpp>
#include <micropool/detail/task/fiber_await.hpp>
#include <micropool/detail/task/fork_join.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace micropool::detail {

// Exactly one of the handles' and the pool's references destroys it. An exception that nobody has
// got by then is reported.
template <class T>
struct spawn_state : background_task {
  using background_task::background_task;

  ~spawn_state() {
    if (result.exception && !observed.load(std::memory_order_relaxed)) {
      report_unobserved(*this, std::move(result.exception));
    }
  }

  // For one of several who get the result.
  void require_result() {
    observed.store(true, std::memory_order_relaxed);
    if (cancelled) throw_cancelled();
    if (result.exception) std::rethrow_exception(result.exception);
  }
  // For the only one, who takes everything along.
  T take() {
    if (cancelled) throw_cancelled();
    if (result.exception) std::rethrow_exception(std::exchange(result.exception, nullptr));
    return result.get();
  }

  slot<T> result;
};

// One recycled block for all of it.
template <class F>
struct spawned_callable final : spawn_state<call_result_t<F&>> {
  using base = spawn_state<call_result_t<F&>>;

  spawned_callable(pool_state& p, auto&& f)
      : base(p, &run, &manage), callable(std::in_place, std::forward<decltype(f)>(f)) {}

  static void run(job& j, participant& p) noexcept {
    auto& self = static_cast<spawned_callable&>(static_cast<background_task&>(j));
    try {
      self.result.emplace_from(*self.callable);
    } catch (...) {
      self.result.exception = std::current_exception();
    }
    self.callable.reset();
    // LAST TOUCH: the task may be gone.
    end_task(self, p);
  }

  static void manage(background_task& t, background_task::request r) noexcept {
    auto& self = static_cast<spawned_callable&>(t);
    if (r == background_task::request::discard) {
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
    auto& promise = t.release();
    promise.out = &this->result;
    this->coroutine = &promise;
  }

  static void manage(background_task& t, background_task::request r) noexcept {
    auto& self = static_cast<spawned_coroutine&>(t);
    if (r == background_task::request::discard) {
      self.coroutine->handle().destroy();
    } else {
      std::destroy_at(&self);
      deallocate_for(&self);
    }
  }
};

// Makes the state; the caller owns it until it is queued.
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
auto* spawn_on(pool_state& pool, A&& a, bool shared) {
  using value = std::decay_t<A>;
  auto* state = [&] {
    if constexpr (async_branch<A>) {
      auto t = as_task(std::forward<A>(a));
      t.promise();  // an empty task is reported here, by the caller
      using result = typename decltype(t)::value_type;
      return static_cast<spawn_state<result>*>(
          make_spawn_state<spawned_coroutine<result>>(pool, std::move(t)));
    } else {
      static_assert(
          plain_callable<value&>,
          "micropool: what is spawned is a task, another awaitable, or a callable without "
          "parameters");
      return static_cast<spawn_state<call_result_t<value&>>*>(
          make_spawn_state<spawned_callable<value>>(pool, std::forward<A>(a)));
    }
  }();
  state->shared = shared;
  try {
    spawn(*state);
  } catch (...) {
    abandon(*state);
    throw;
  }
  return state;
}

// Awaits the end of a task. The handle that owns it must stay until then.
class task_end_awaiter {
public:
  task_end_awaiter(background_task& t, frame& parent) noexcept : task_(t), parent_(parent) {}
  task_end_awaiter(const task_end_awaiter&) = delete;
  task_end_awaiter& operator=(const task_end_awaiter&) = delete;

  bool await_ready() noexcept { return run_or_announce(task_, parent_, waiter_); }
  bool await_suspend(std::coroutine_handle<>) noexcept {
    waiter_.coroutine = &parent_;
    suspension s(parent_);
    // LAST TOUCH: once it is added the parent may run elsewhere.
    if (add_waiter(task_, waiter_)) return true;
    s.undo();
    return false;
  }

private:
  background_task& task_;
  frame& parent_;
  task_waiter waiter_;
};

inline void wait_for_end(background_task& t) {
  fiber* const f = this_fiber();
  if (f == nullptr) [[likely]] return join_task(t);
  if (t.has_ended()) return;
  if (t.pool == f->host.home->pool || has_workers(*t.pool)) {
    task_end_awaiter end(t, f->host);
    wait_in_fiber(*f, end);
  } else {
    const auto block = [&] { join_task(t); };
    on_stack_of_thread(*f, block);
  }
}

inline void help_with(background_task& t) {
  fiber* const f = this_fiber();
  if (f == nullptr) [[likely]] return help_task(t);
  const auto help = [&] { help_task(t); };
  on_stack_of_thread(*f, help);
}

}  // namespace micropool::detail
