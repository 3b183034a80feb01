// SPDX-License-Identifier: MIT OR Apache-2.0
// Threads from outside: becoming a participant for the length of a call.
#include "run_job.hpp"
#include "thread_local_state.hpp"

#include "../base/stack_bounds.hpp"

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/error.hpp>

namespace micropool::detail {
namespace {

constinit thread_local thread_local_state mine;

void forget_kept_slot() noexcept {
  if (mine.kept == nullptr) return;
  pool_state* pool = mine.kept->pool;
  pool->participants.release(*mine.kept);
  pool->drop();
  mine.kept = nullptr;
}

// Has a destructor, so it is apart from the state, which later destructors may still use.
struct exit_guard {
  ~exit_guard() {
    forget_kept_slot();
    mine.exiting = true;
  }
};

}  // namespace

MICROPOOL_NOINLINE thread_local_state& this_thread() noexcept { return mine; }

participant* current_participant() noexcept { return mine.current; }

participant_state& acquire_guest_slot(pool_state& pool) {
  if (mine.kept != nullptr && mine.kept->pool == &pool && !mine.kept_in_use) {
    mine.kept_in_use = true;
    return *mine.kept;
  }
  const bool keep = !mine.kept_in_use && !mine.exiting;
  if (keep) forget_kept_slot();
  participant_state& slot = pool.participants.acquire(pool, false);
  slot.stack_floor = lowest_usable_stack();
  slot.holder.store(&mine, std::memory_order_relaxed);
  if (keep) {
    static thread_local exit_guard guard;
    static_cast<void>(guard);
    pool.keep();
    mine.kept = &slot;
    mine.kept_in_use = true;
  }
  return slot;
}

void release_guest_slot(participant_state& slot) noexcept {
  if (&slot == mine.kept) {
    mine.kept_in_use = false;
  } else {
    slot.pool->participants.release(slot);
  }
}

void participation::enter(pool_state* wanted, bool visiting) {
  pool_state& pool = wanted != nullptr          ? *wanted
                     : mine.installed != nullptr ? *mine.installed
                                                 : default_pool();
  participant_state& self = acquire_guest_slot(pool);
  // [seq_cst: pool.stop] a stopping pool sees this call, or this call sees that it stops.
  self.working_for.exchange(&root_, std::memory_order_seq_cst);
  // [seq_cst: pool.stop] the other half.
  if (pool.stopping.load(std::memory_order_seq_cst) && !visiting) [[unlikely]] {
    self.working_for.store(nullptr, std::memory_order_relaxed);
    release_guest_slot(self);
    throw_pool_stopped();
  }
  // [release: stint.change] a guest's own work comes from nowhere.
  self.base.store(self.jobs.bottom(), std::memory_order_release);
  self.current.store(stint(), std::memory_order_release);
  self.stack_limit = std::max(stack_position() - nesting_budget, self.stack_floor);
  previous_ = mine.current;
  mine.current = &self;
  self_ = &self;
  entered_ = true;
}

void participation::leave() noexcept {
  auto& self = state_of(*self_);
  mine.current = previous_ != nullptr ? &state_of(*previous_) : nullptr;
  // [release: pool.stop] all that the call did comes before the pool's end.
  self.working_for.store(nullptr, std::memory_order_release);
  release_guest_slot(self);
}

}  // namespace micropool::detail
