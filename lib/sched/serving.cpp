// SPDX-License-Identifier: MIT OR Apache-2.0
#include "serving.hpp"

#include "pool_state.hpp"
#include "sleep.hpp"
#include "wait_lists.hpp"
#include "wait_marks.hpp"

#include <mutex>
#include <utility>

namespace micropool::detail {
namespace {

// Held while tasks get another pool to serve them. Taken before all other locks.
constinit std::mutex moving;

// Returns true if `pool` is better than the one that serves the task. A pool with workers is
// better than one without, and another pool without workers better than the task's own. So a
// server changes twice at most.
bool should_serve(const pool_state& pool, const background_task& t) noexcept {
  if (has_workers(*t.pool)) return false;
  // [acquire: inbox.served] the pool.
  const pool_state& before = *t.inboxes.served_by.load(std::memory_order_acquire);
  return &before != &pool && !has_workers(before) && (has_workers(pool) || &before == t.pool);
}

void serve(background_task& t, pool_state& pool) noexcept {
  t.served_before = t.inboxes.served_by.load(std::memory_order_relaxed);
  pool.add_ref();
  const root_tag belongs_to = tag_of(t.own_root);
  if (injector::move(t.inboxes, pool)) notify_posted(pool, {belongs_to, false, &pool});
}

}  // namespace

void serve_awaited(background_task& t, const inbox& waiter) noexcept {
  pool_state& pool = server_of(waiter);
  if (!should_serve(pool, t)) return;
  const std::lock_guard lock(moving);
  background_task* open = nullptr;
  const auto add = [&](background_task& u) {
    if (u.next_served != nullptr || !should_serve(pool, u)) return;
    pin(u.inboxes);
    // The last one names itself.
    u.next_served = open != nullptr ? open : &u;
    open = &u;
  };
  add(t);
  while (open != nullptr) {
    background_task& u = *open;
    serve(u, pool);
    open = std::exchange(u.next_served, nullptr);
    if (open == &u) open = nullptr;
    // A wait that is announced in this task's work later sees which pool serves it.
    each_awaited(u.inboxes, [&add](const task_waiter& w) { add(*w.awaited); });
    // LAST TOUCH: the task may be gone.
    unpin(u.inboxes);
  }
}

void lock_serving() noexcept { moving.lock(); }
void unlock_serving() noexcept { moving.unlock(); }

void drop_servers(background_task& t) noexcept {
  t.inboxes.served_by.load(std::memory_order_relaxed)->release();
  if (t.served_before != t.pool) t.served_before->release();
}

}  // namespace micropool::detail
