// SPDX-License-Identifier: MIT OR Apache-2.0
// The rest of the gateway: posting to inboxes, and small questions.
#include "pool_state.hpp"
#include "sleep.hpp"

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <new>

namespace micropool::detail {

const root& current_root(const participant& p) noexcept {
  // [acquire: root.lift] the root that a lifter has put there.
  return *static_cast<const participant_state&>(p)
              .working_for.load(std::memory_order_acquire)
              .get();
}

void wake_waiter(void* waiter) noexcept { static_cast<participant_state*>(waiter)->bed.unpark(); }

bool has_workers(const pool_state& pool) noexcept { return !pool.workers.empty(); }

void finish(blocked_call& call, const participant& by) noexcept {
  // A thread of another pool keeps the caller's alive until it has woken the caller; one of the
  // same pool does so by being in it.
  pool_state* const others = call.home.pool != by.pool ? call.home.pool : nullptr;
  if (others != nullptr) others->keep();
  // LAST TOUCH: after this the caller may have returned.
  if (void* waiter = call.done.set()) wake_waiter(waiter);
  if (others != nullptr) others->drop();
}

void post(inbox& to, job& j) noexcept {
  pool_state& pool = *to.pool;
  pool.keep();
  // LAST TOUCH: after the push the job may have run and the inbox may be gone.
  notify_posted(pool, pool.ready.push(to, j));
  pool.drop();
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
  auto* made = ::new (frame_allocate(sizeof(inbox))) inbox(pool, *group.home.belongs_to, group);
  pool.keep();
  // Two coroutines may do this at the same time; a second inbox for the same pool does no harm.
  do {
    made->sibling = first;
    // [seq_cst: inbox.sibling] whole before it can be found, by a sleeper's last look as well.
  } while (!group.siblings.compare_exchange_weak(first, made, std::memory_order_seq_cst));
  return *made;
}

void inbox_group::free_siblings() noexcept {
  for (inbox* i = siblings.load(std::memory_order_relaxed); i != nullptr;) {
    inbox* next = i->sibling;
    i->pool->drop();
    i->~inbox();
    frame_deallocate(i, sizeof(inbox));
    i = next;
  }
}

}  // namespace micropool::detail
