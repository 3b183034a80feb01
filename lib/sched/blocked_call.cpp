// SPDX-License-Identifier: MIT OR Apache-2.0
// Calls that block their thread: what such a call belongs to, and how it ends.
#include "pool_state.hpp"
#include "thread_local_state.hpp"

#include <micropool/detail/sched/scheduler.hpp>

namespace micropool::detail {

const root& current_root(const participant& p) noexcept {
  // [acquire: root.lift] the root that a lifter has stored.
  return *static_cast<const participant_state&>(p)
              .working_for.load(std::memory_order_acquire)
              .get();
}

inbox* home_of_code() noexcept {
  const auto* const self = this_thread().current;
  return self != nullptr && self->code_of != nullptr ? &self->code_of->home : nullptr;
}

blocked_call::blocked_call(const participant& p) noexcept
    : inbox_group(*p.pool, current_root(p), nullptr,
                  static_cast<const participant_state&>(p).environment.load(
                      std::memory_order_relaxed)) {
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    inside = task_of(static_cast<const participant_state&>(p).code_of);
  }
}

void wake_waiter(void* waiter) noexcept {
  static_cast<participant_state*>(waiter)->own_parker.unpark();
}

void complete_call(blocked_call& call, const participant& by) noexcept {
  // The caller's pool waits for a thread of another pool until that has woken the caller; a thread
  // of the same pool is waited for anyway.
  pool_state* const others = call.home.pool != by.pool ? call.home.pool : nullptr;
  if (others != nullptr) others->migrants.fetch_add(1, std::memory_order_relaxed);
  // LAST TOUCH: after this the caller may have returned.
  if (void* waiter = call.done.set()) wake_waiter(waiter);
  // [release: pool.drain] LAST TOUCH: the pool may end.
  if (others != nullptr) others->migrants.fetch_sub(1, std::memory_order_release);
}

}  // namespace micropool::detail
