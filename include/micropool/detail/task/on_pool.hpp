// SPDX-License-Identifier: MIT OR Apache-2.0
// Awaitables that migrate a coroutine to another pool, or requeue it behind other ready work.
#pragma once

#include <micropool/detail/sched/migration.hpp>
#include <micropool/detail/sched/suspension.hpp>
#include <micropool/detail/task/as_task.hpp>

#include <coroutine>
#include <utility>

namespace micropool::detail {

// Migrates the awaiting task to the pool. Does not suspend if the task is there already.
class [[nodiscard("resume_on does nothing until it is awaited")]] move_to_pool {
public:
  explicit move_to_pool(pool_state& to) noexcept : to_(&to) {}

  struct awaiter {
    frame& parent;
    pool_state& to;
    migration there{};

    bool await_ready() {
      if (parent.home->pool == &to) return true;
      there = reserve_on(parent, to);
      return false;
    }
    void await_suspend(std::coroutine_handle<>) noexcept { migrate(parent, there); }
    void await_resume() const noexcept {}
  };
  awaiter awaiter_in(frame& parent) && noexcept { return {parent, *to_}; }

private:
  pool_state* to_;
};

class [[nodiscard("yield does nothing until it is awaited")]] yield_awaitable {
public:
  struct awaiter {
    frame& parent;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept {
      const suspension s(parent);
      // LAST TOUCH: from here on the coroutine may run elsewhere.
      post(*parent.home, parent);
    }
    void await_resume() const noexcept {}
  };
  awaiter awaiter_in(frame& parent) && noexcept { return {parent}; }
};

// Runs an awaitable on a pool. The coroutine that awaits the task stays on its own pool.
template <class A>
task<await_result_t<A>> on_pool(pool_state& pool, A a) {
  using result = await_result_t<A>;
  co_await move_to_pool(pool);
  if constexpr (std::is_void_v<result>) {
    co_await std::move(a);
  } else {
    co_return co_await deliver<result, A>(std::move(a));
  }
}

}  // namespace micropool::detail
