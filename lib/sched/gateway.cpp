// SPDX-License-Identifier: MIT OR Apache-2.0
// The rest of the gateway: posting to inboxes, and short queries.
#include "end_event.hpp"
#include "pool_state.hpp"
#include "sleep.hpp"
#include "thread_local_state.hpp"

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <new>

namespace micropool::detail {

const root& current_root(const participant& p) noexcept {
  // [acquire: root.lift] the root that a lifter has stored.
  return *static_cast<const participant_state&>(p)
              .working_for.load(std::memory_order_acquire)
              .get();
}

blocked_call::blocked_call(const participant& p) noexcept
    : inbox_group(*p.pool, current_root(p), nullptr,
                  static_cast<const participant_state&>(p).environment.load(
                      std::memory_order_relaxed)) {
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    inside = task_of(static_cast<const participant_state&>(p).code_of);
  }
}

inbox* home_of_code() noexcept {
  const auto* const self = this_thread().current;
  return self != nullptr && self->code_of != nullptr ? &self->code_of->home : nullptr;
}

void wake_waiter(void* waiter) noexcept {
  static_cast<participant_state*>(waiter)->own_parker.unpark();
}

bool has_workers(const pool_state& pool) noexcept { return !pool.workers.empty(); }

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

void post(inbox& to, job& j) noexcept {
  pool_state& pool = *to.pool;
  // Counted as a migrant instead of by a reference: the last reference runs user code
  // (~pool_state), and here this thread may show a root that is gone.
  pool.migrants.fetch_add(1, std::memory_order_relaxed);
  // On a pool without workers the thread that stops the pool runs the job, so it must be woken.
  const auto is_awaited = [](const pool_state& p) {
    return p.stopping.load(std::memory_order_relaxed) && !has_workers(p);
  };
  bool awaited = is_awaited(pool);
  // LAST TOUCH: after the push the job may have run and the inbox may be gone.
  const post_result what = injector::push(to, j);
  notify_posted(*what.at, what);
  if (what.at != &pool) {
    awaited = awaited || is_awaited(*what.at);
    // [release: pool.drain] LAST TOUCH: that pool may end.
    what.at->migrants.fetch_sub(1, std::memory_order_release);
  }
  // [release: pool.drain] LAST TOUCH: the pool may end.
  pool.migrants.fetch_sub(1, std::memory_order_release);
  if (awaited) [[unlikely]] report_end_event();
}

inbox& inbox_on(const frame& f, pool_state& pool) {
  if (f.home->pool == &pool) return *f.home;
  inbox_group& group = *f.home->group;
  if (group.home.pool == &pool) return group.home;
  // [acquire: inbox.sibling] the inboxes in the list.
  inbox* first = group.siblings.load(std::memory_order_acquire);
  for (inbox* i = first; i != nullptr; i = i->sibling) {
    if (i->pool == &pool) return *i;
  }
  auto* made = ::new (frame_allocate(sizeof(inbox))) inbox(pool, *group.home.belongs_to, group, group.home.environment);
  pool.add_ref();
  // Two coroutines may do this at the same time; a second inbox on the same pool does no harm.
  do {
    made->sibling = first;
    // [seq_cst: inbox.sibling] whole before it can be found, by a sleeper's last look as well.
  } while (!group.siblings.compare_exchange_weak(first, made, std::memory_order_seq_cst));
  return *made;
}

void inbox_group::free_siblings() noexcept {
  for (inbox* i = siblings.load(std::memory_order_relaxed); i != nullptr;) {
    inbox* next = i->sibling;
    i->pool->release();
    i->~inbox();
    frame_deallocate(i, sizeof(inbox));
    i = next;
  }
}

}  // namespace micropool::detail
