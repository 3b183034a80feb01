// SPDX-License-Identifier: MIT OR Apache-2.0
// Awaitables that move a coroutine: to another pool, or behind what else is ready.
#pragma once

#include <micropool/detail/sched/current_pool.hpp>
#include <micropool/detail/sched/lodging.hpp>
#include <micropool/detail/sched/suspension.hpp>
#include <micropool/detail/task/as_task.hpp>

#include <coroutine>
#include <utility>

namespace micropool::detail {

// Awaited by a task that is not on the pool, it goes on there; a task that is goes on at once.
class [[nodiscard("resume_on does nothing until it is awaited")]] move_to_pool {
public:
  explicit move_to_pool(pool_state& to) noexcept : to_(&to) {}

  struct awaiter {
    frame& parent;
    pool_state& to;
    lodging there{};

    bool await_ready() {
      if (parent.home->pool == &to) return true;
      there = lodge(parent, to);
      return false;
    }
    void await_suspend(std::coroutine_handle<>) noexcept { go_over(parent, there); }
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

// Runs an awaitable on a pool; its parent stays where it is.
template <class A>
task<await_result_t<A>> on_pool(pool_state& pool, A a) {
  co_await move_to_pool(pool);
  co_return co_await std::move(a);
}

}  // namespace micropool::detail
