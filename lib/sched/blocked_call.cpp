// SPDX-License-Identifier: MIT OR Apache-2.0
// Calls that block their thread: what such a call belongs to, how it ends, and the call that runs a
// coroutine to its end.
#include "enough_stack.hpp"
#include "loops.hpp"
#include "pool_state.hpp"
#include "run_job.hpp"
#include "thread_local_state.hpp"

#include <micropool/detail/sched/scheduler.hpp>

#include <utility>

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

namespace {

struct waiting_for_one : completion {
  explicit waiting_for_one(blocked_call& c) noexcept : completion(&child_ended), call(c) {}
  static void child_ended(completion& c, participant& p) noexcept {
    // LAST TOUCH: the caller may have returned.
    complete_call(static_cast<waiting_for_one&>(c).call, p);
  }
  blocked_call& call;
};

MICROPOOL_ALWAYS_INLINE void run_to_end_here(participant_state& self, frame& f,
                                             const participation& here, bool loop) noexcept {
  blocked_call call(self);
  call.resumes_here = loop;
  waiting_for_one end(call);
  f.up = &end;
  f.home = &call.home;
  const participant::index base = self.jobs.bottom();
  const bottom b(self, here.modes_of_code());
  f.runner = &self;
  f.handle().resume();
  if (!self.run.suspending) return;
  resume_next(self);
  for (;;) {
    help(self, call.done, {base, &call, here.whole_root()});
    frame* const next = std::exchange(call.resumed, nullptr);
    if (next == nullptr) return;
    call.done.reset();
    self.run.next = next;
    resume_next(self);
  }
}

}  // namespace

void run_to_end(frame& f, const participation& here, bool loop) {
  auto& self = state_of(here.self());
  try {
    with_enough_stack(self, [&self, &f, &here, loop]() noexcept {
      run_to_end_here(self, f, here, loop);
    });
  } catch (...) {
    f.handle().destroy();
    throw;
  }
}

}  // namespace micropool::detail
