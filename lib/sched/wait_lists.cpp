// SPDX-License-Identifier: MIT OR Apache-2.0
#include "wait_lists.hpp"

#include <array>
#include <cstdint>
#include <mutex>

namespace micropool::detail {
namespace {

// The list of waits of a group is guarded by one of these locks, which an address chooses: that of
// the task's root, also for the calls inside the task, or that of a call in the foreground. Not by
// a lock of its own: fork() can hold a fixed number of locks, but not one for each task.
struct alignas(cache_line) list_lock {
  short_mutex mutex;
};
constinit std::array<list_lock, 64> list_locks{};

short_mutex& lock_at(const void* address) noexcept {
  const auto word = reinterpret_cast<std::uintptr_t>(address);
  return list_locks[(word * 0x9e37'79b9'7f4a'7c15u) >> 58].mutex;
}

// Requires the lock of the task, which is that of the call as well.
void list_call(task_root& r, blocked_call& call) noexcept {
  if (call.listed) return;
  call.listed = true;
  call.next = r.calls;
  if (r.calls != nullptr) r.calls->prev = &call;
  r.calls = &call;
}

}  // namespace

short_mutex& lock_of(const task_root& r) noexcept { return lock_at(&r); }
short_mutex& lock_of(const inbox_group& g) noexcept {
  const root* const r = g.home.belongs_to;
  return r->background ? lock_of(static_cast<const task_root&>(*r)) : lock_at(&g);
}

void put_into_list(inbox_group& by, task_waiter& w) noexcept {
  const root& r = *by.home.belongs_to;
  if (by.task == nullptr && r.background) {
    list_call(const_cast<task_root&>(static_cast<const task_root&>(r)),
              static_cast<blocked_call&>(by));
  }
  w.listed_by = &by;
  w.next_wait = by.waits;
  if (w.next_wait != nullptr) w.next_wait->prev_wait = &w;
  by.waits = &w;
}

void unlist(task_waiter& w) noexcept {
  (w.prev_wait != nullptr ? w.prev_wait->next_wait : w.listed_by->waits) = w.next_wait;
  if (w.next_wait != nullptr) w.next_wait->prev_wait = w.prev_wait;
  w.listed_by = nullptr;
}

void blocked_call::leave_task() noexcept {
  auto& r = const_cast<task_root&>(static_cast<const task_root&>(*home.belongs_to));
  const std::lock_guard lock(lock_of(r));
  (prev != nullptr ? prev->next : r.calls) = next;
  if (next != nullptr) next->prev = prev;
}

void lock_wait_lists() noexcept {
  for (list_lock& l : list_locks) l.mutex.lock();
}
void unlock_wait_lists() noexcept {
  for (list_lock& l : list_locks) l.mutex.unlock();
}

}  // namespace micropool::detail
