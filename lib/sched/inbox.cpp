// SPDX-License-Identifier: MIT OR Apache-2.0
// Inboxes: posting a job, and the inboxes of a group on other pools.
#include "end_event.hpp"
#include "pool_state.hpp"
#include "sleep.hpp"
#include "wait_graph.hpp"

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/work/frame_alloc.hpp>

#include <new>

namespace micropool::detail {

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
  const post_result what = injector::push(to, j, &tell_watchers);
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
  auto* made = ::new (frame_allocate(sizeof(inbox)))
      inbox(pool, *group.home.belongs_to, group, group.home.environment);
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
