// SPDX-License-Identifier: MIT OR Apache-2.0
// Threads from outside: how one becomes a participant for the length of a call.
#include "end_event.hpp"
#include "run_job.hpp"
#include "thread_local_state.hpp"

#include "../base/stack_bounds.hpp"
#include "../base/thread_exit.hpp"
#include "../work/running_fiber.hpp"

#include <chrono>
#include <new>
#include <thread>
#include <utility>

namespace micropool::detail {
namespace {

// The library is loaded with the program, so its thread_locals are found without a call.
[[gnu::tls_model("initial-exec")]] constinit thread_local thread_local_state mine;

// The bounds of the stack that the caller runs on.
stack_bounds stack_here() noexcept {
  const running_fiber* const f = fiber_of_this_thread();
  const stack_bounds b = f != nullptr ? f->bounds() : bounds_of_thread();
  // A program may have switched to a stack of its own.
  return b.is_here() ? b : stack_bounds::unknown();
}

// Releases a slot and the reference to its pool that comes with it. Requires that what the caller
// has changed in `mine` is consistent: the last reference destroys the pool's options, and so runs
// user code, which may make calls on this thread.
void give_back_slot(participant_state* slot) noexcept {
  if (slot == nullptr) return;
  pool_state* const pool = slot->pool;
  pool->participants.release(*slot);
  // LAST TOUCH: the pool may be gone.
  pool->release();
}

// Replaces the thread's batch of references by `n` references to `of`. Requires the same.
void replace_cached_refs(pool_state* of, std::uint32_t n) noexcept {
  pool_state* const before = std::exchange(mine.refs_of, of);
  const std::uint32_t left = std::exchange(mine.cached_refs, n);
  if (left != 0) before->release(left);
}

void leave_pools() noexcept {
  mine.exiting = true;
  give_back_slot(std::exchange(mine.kept, nullptr));
  replace_cached_refs(nullptr, 0);
}

void guard_exit() noexcept { at_thread_exit(exit_step::leave_pools, &leave_pools); }

}  // namespace

// The empty statements keep the compiler from assuming that two calls on one thread return the
// same value: between them a fiber may migrate to another thread.
MICROPOOL_NOINLINE thread_local_state& this_thread() noexcept {
  asm volatile("");
  return mine;
}

participant* current_participant() noexcept {
  asm volatile("");
  return mine.current;
}

namespace {

MICROPOOL_COLD participant_state& acquire_new_slot(pool_state& pool) {
  participant_state& slot = pool.participants.acquire(pool, false);
  // Released after the slot, so that the pool exists until a call has ended and released its slot.
  pool.add_ref();
  slot.holder.store(&mine, std::memory_order_relaxed);
  if (mine.kept_in_use || mine.exiting) return slot;
  guard_exit();
  mine.kept_in_use = true;
  give_back_slot(std::exchange(mine.kept, &slot));
  return slot;
}

}  // namespace

participant_state& acquire_guest_slot(pool_state& pool) {
  if (mine.kept != nullptr && mine.kept->pool == &pool && !mine.kept_in_use) [[likely]] {
    mine.kept_in_use = true;
    return *mine.kept;
  }
  return acquire_new_slot(pool);
}

// Takes a slot for a thread that has taken a job out of a queue. There is no user call to throw
// to, and the job must not be lost: the thread waits until there is memory, while the others run
// on.
participant_state& acquire_visitor_slot(pool_state& pool) {
  for (;;) {
    try {
      return acquire_guest_slot(pool);
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

constexpr std::uint32_t batch = 64;

void add_cached_ref(pool_state& pool) noexcept {
  if (mine.refs_of == &pool && mine.cached_refs > 0) [[likely]] {
    --mine.cached_refs;
    return;
  }
  if (mine.exiting) return pool.add_ref();
  guard_exit();
  pool.add_ref(batch);
  replace_cached_refs(&pool, batch - 1);
}

void release_to_cache(pool_state& pool) noexcept {
  if (mine.refs_of != &pool) return pool.release();
  if (++mine.cached_refs < 2 * batch) [[likely]] return;
  mine.cached_refs -= batch;
  // LAST TOUCH: the rest of the cached references still keeps it.
  pool.release(batch);
}

void release_guest_slot(participant_state& slot) noexcept {
  if (&slot == mine.kept) {
    mine.kept_in_use = false;
  } else {
    give_back_slot(&slot);
  }
}

void forget_pool(pool_state& pool) noexcept {
  if (mine.kept != nullptr && mine.kept->pool == &pool && !mine.kept_in_use) {
    give_back_slot(std::exchange(mine.kept, nullptr));
  }
  if (mine.refs_of == &pool) replace_cached_refs(nullptr, 0);
}

pool_state& pool_of(const thread_local_state& t) {
  if (t.current != nullptr) return *t.current->pool;
  return t.installed != nullptr ? *t.installed : default_pool();
}

void participation::enter(pool_state* wanted, entry how) {
  pool_state& pool = wanted != nullptr ? *wanted : pool_of(mine);
  participant_state& self =
      how == entry::visit ? acquire_visitor_slot(pool) : acquire_guest_slot(pool);
  self.is_visitor.store(how != entry::call, std::memory_order_relaxed);
  if (how == entry::call) {
    // [seq_cst: pool.stop] a stopping pool sees this call, or this call sees that the pool stops.
    self.working_for.exchange(root_tag(root_), std::memory_order_seq_cst);
    // [seq_cst: pool.stop] the other half.
    if (pool.stopping.load(std::memory_order_seq_cst)) [[unlikely]] {
      // [release: pool.stop] the stopping thread may read this instead of the end of the call
      // before, in the same slot.
      self.working_for.store(root_tag(), std::memory_order_release);
      // The end of the pool may have seen the call, and sleep until it is over.
      report_end_event();
      release_guest_slot(self);
      throw_pool_stopped(pool, "a call (join(), scope(), sync_wait(), a loop or the like)");
    }
  } else {
    // [release: origin.change] the deque is empty. A pool that stops need not see this at first: a
    // visitor is served as well if it comes later, and the end of the pool looks for visitors
    // again.
    self.working_for.store(root_tag(root_), std::memory_order_release);
  }
  self.stack = stack_here();
  self.change_work();
  // [release: origin.change] a guest's own work has no origin.
  self.base.store(self.jobs.bottom(), std::memory_order_release);
  self.current.store(work_origin(), std::memory_order_release);
  // [release: origin.change] as above.
  self.environment.store(float_environment::here(), std::memory_order_release);
  set_stack_limit(self);
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    const participant_state* const below = mine.current != nullptr ? mine.current : mine.worker;
    self.code_of = below != nullptr ? below->code_of : nullptr;
  }
  previous_ = mine.current;
  mine.current = &self;
  self_ = &self;
  entered_ = true;
}

void participation::leave() noexcept {
  auto& self = state_of(*self_);
  mine.current = previous_ != nullptr ? &state_of(*previous_) : nullptr;
  // [release: pool.stop] all that the call did comes before the pool's end. The pool may end after
  // this; its state stays for as long as this thread has the slot.
  self.working_for.store(root_tag(), std::memory_order_release);
  // The load must not come before the store. The processor may still reorder them; a thread that
  // stops the pool makes up for that with a heavy fence between its flag and its second look
  // (shutdown_wait::sleep).
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (self.pool->stopping.load(std::memory_order_relaxed)) [[unlikely]] report_end_event();
  release_guest_slot(self);
}

}  // namespace micropool::detail
