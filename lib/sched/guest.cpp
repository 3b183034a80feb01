// SPDX-License-Identifier: MIT OR Apache-2.0
// Threads from outside: becoming a participant for the length of a call.
#include "run_job.hpp"
#include "thread_local_state.hpp"

#include "../base/stack_bounds.hpp"
#include "../work/running_fiber.hpp"

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/error.hpp>

#include <utility>

namespace micropool::detail {
namespace {

// The library is loaded with the program, so its thread_locals need no call to find.
[[gnu::tls_model("initial-exec")]] constinit thread_local thread_local_state mine;

// Of the stack that the caller runs on.
std::uintptr_t stack_floor_here() noexcept {
  const running_fiber* const f = fiber_of_this_thread();
  if (f == nullptr) return lowest_usable_stack();
  return reinterpret_cast<std::uintptr_t>(f->memory.lowest) + f->memory.size / 2;
}

void forget_kept_slot() noexcept {
  // Out of sight first: the end of a pool may run code of the user's that comes back here.
  participant_state* const slot = std::exchange(mine.kept, nullptr);
  if (slot == nullptr) return;
  pool_state* const pool = slot->pool;
  pool->participants.release(*slot);
  pool->drop();
}

void give_up_stock() noexcept {
  pool_state* const pool = std::exchange(mine.stock_of, nullptr);
  const std::uint32_t n = std::exchange(mine.stock, 0);
  if (n != 0) pool->drop(n);
}

// Has a destructor, so it is apart from the state, which later destructors may still use.
struct exit_guard {
  ~exit_guard() {
    mine.exiting = true;
    forget_kept_slot();
    give_up_stock();
  }
};

void guard_exit() {
  static thread_local exit_guard guard;
  static_cast<void>(guard);
}

}  // namespace

// The empty statements keep the compiler from finding out that two calls on one thread give the
// same answer: between them a fiber may change its thread.
MICROPOOL_NOINLINE thread_local_state& this_thread() noexcept {
  asm volatile("");
  return mine;
}

participant* current_participant() noexcept {
  asm volatile("");
  return mine.current;
}

participant_state& acquire_guest_slot(pool_state& pool) {
  if (mine.kept != nullptr && mine.kept->pool == &pool && !mine.kept_in_use) {
    mine.kept_in_use = true;
    return *mine.kept;
  }
  const bool keep = !mine.kept_in_use && !mine.exiting;
  if (keep) forget_kept_slot();
  participant_state& slot = pool.participants.acquire(pool, false);
  slot.holder.store(&mine, std::memory_order_relaxed);
  if (keep) {
    guard_exit();
    pool.keep();
    mine.kept = &slot;
    mine.kept_in_use = true;
  }
  return slot;
}

constexpr std::uint32_t batch = 64;

void keep_from_stock(pool_state& pool) noexcept {
  if (mine.stock_of == &pool && mine.stock > 0) [[likely]] {
    --mine.stock;
    return;
  }
  if (mine.exiting) return pool.keep();
  guard_exit();
  give_up_stock();
  pool.keep(batch);
  mine.stock_of = &pool;
  mine.stock = batch - 1;
}

void drop_to_stock(pool_state& pool) noexcept {
  if (mine.stock_of != &pool) return pool.drop();
  if (++mine.stock < 2 * batch) [[likely]] return;
  mine.stock -= batch;
  // LAST TOUCH: the rest of the stock still keeps it.
  pool.drop(batch);
}

void release_guest_slot(participant_state& slot) noexcept {
  if (&slot == mine.kept) {
    mine.kept_in_use = false;
  } else {
    slot.pool->participants.release(slot);
  }
}

pool_state& pool_of(const thread_local_state& t) {
  if (t.current != nullptr) return *t.current->pool;
  return t.installed != nullptr ? *t.installed : default_pool();
}

void participation::enter(pool_state* wanted, entry how) {
  pool_state& pool = wanted != nullptr ? *wanted : pool_of(mine);
  participant_state& self = acquire_guest_slot(pool);
  self.is_visitor.store(how != entry::call, std::memory_order_relaxed);
  if (how == entry::call) {
    // [seq_cst: pool.stop] a stopping pool sees this call, or this call sees that it stops.
    self.working_for.exchange(root_tag(root_), std::memory_order_seq_cst);
    // [seq_cst: pool.stop] the other half.
    if (pool.stopping.load(std::memory_order_seq_cst)) [[unlikely]] {
      self.working_for.store(root_tag(), std::memory_order_relaxed);
      release_guest_slot(self);
      throw_pool_stopped();
    }
  } else {
    // [release: stint.change] the deque is empty. A pool that stops need not see it at
    // first: it is served as well when it comes later, and looked for again at the end.
    self.working_for.store(root_tag(root_), std::memory_order_release);
  }
  self.stack_floor = stack_floor_here();
  self.change_stint();
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
  self.working_for.store(root_tag(), std::memory_order_release);
  release_guest_slot(self);
}

}  // namespace micropool::detail
