// SPDX-License-Identifier: MIT OR Apache-2.0
// What of the scheduler's objects belongs to the one thread that a child of fork() has: its slots,
// its stacks, and the tasks that it is inside of (after_fork.cpp).
#pragma once

#include "all_pools.hpp"
#include "pool_state.hpp"
#include "thread_local_state.hpp"

#include "../work/running_fiber.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace micropool::detail {

// The stacks on which the forking thread may keep what it is in the middle of.
class survivor_stacks {
public:
  survivor_stacks() noexcept {
    pthread_attr_t attributes;
    if (::pthread_getattr_np(::pthread_self(), &attributes) == 0) {
      void* lowest = nullptr;
      std::size_t size = 0;
      ::pthread_attr_getstack(&attributes, &lowest, &size);
      ::pthread_attr_destroy(&attributes);
      thread_ = {static_cast<std::byte*>(lowest), size};
    }
    if (const running_fiber* f = fiber_of_this_thread()) fiber_ = f->memory;
  }
  bool have(const void* address) const noexcept {
    return is_in(thread_, address) || is_in(fiber_, address);
  }

private:
  static bool is_in(const stack_memory& s, const void* address) noexcept {
    const auto* const a = static_cast<const std::byte*>(address);
    return a >= s.lowest && a < s.top();
  }
  stack_memory thread_;
  stack_memory fiber_;
};

// The tasks and calls that the forking thread is inside of, in the child. Must be made before the
// child has a second thread.
class survivor {
public:
  survivor() noexcept {
    each_pool([this](pool_state& pool) {
      pool.participants.each([this](participant_state& p) {
        if (is_me(p)) note(p);
      });
    });
  }

  // Returns true if that slot is this thread's.
  bool is_me(const participant_state& p) const noexcept {
    return p.is_worker ? &p == me_.worker : p.holder.load(std::memory_order_relaxed) == &me_;
  }
  // Returns true if these inboxes belong to a task or a call of this thread.
  bool has(const inbox_group& g) noexcept {
    return g.task != nullptr ? has(*g.task) : on_stack(&g);
  }
  bool has(const background_task& t) const noexcept {
    return std::find(tasks_.begin(), tasks_.end(), &t) != tasks_.end();
  }
  bool on_stack(const void* address) noexcept {
    if (!stacks_) stacks_.emplace();
    return stacks_->have(address);
  }
  const std::vector<background_task*>& tasks() const noexcept { return tasks_; }
  // For each slot in which this thread runs a job of the task's own inboxes.
  template <class F>
  void each_slot_in(const background_task& t, F&& f) const {
    each_pool([&](pool_state& pool) {
      pool.participants.each([&](participant_state& p) {
        if (is_me(p) && task_of_inbox(p) == &t) f(p);
      });
    });
  }

  template <class F>
  static void each_pool(F&& f) {
    for (pool_state* p = first_pool(); p != nullptr; p = p->links.next) f(*p);
  }

private:
  void add(background_task* t) {
    if (t != nullptr && !t->has_ended() && !has(*t)) tasks_.push_back(t);
  }
  // Adds the tasks of a slot: that of the root that it shows, and that of the inbox from which its
  // present work unit came, which may have been lifted to another root. Both exist, because this
  // thread runs a job of theirs.
  void note(const participant_state& p) {
    const root_tag tag = p.working_for.load(std::memory_order_relaxed);
    if (tag.none()) return;
    if (tag.background()) add(static_cast<const task_root*>(tag.get())->task);
    add(task_of_inbox(p));
  }
  // The task from whose inbox the present work unit came, or null.
  static background_task* task_of_inbox(const participant_state& p) noexcept {
    const work_origin s = p.current.load(std::memory_order_relaxed);
    return s.from_inbox() ? s.source()->group->task : nullptr;
  }

  const thread_local_state& me_ = this_thread();
  std::vector<background_task*> tasks_;
  std::optional<survivor_stacks> stacks_;
};

}  // namespace micropool::detail
