// SPDX-License-Identifier: MIT OR Apache-2.0
// Where jobs wait that became ready away from any deque of their own: coroutines resumed by a
// foreign awaitable, and forks that would break the order of a deque.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/sched/root.hpp>
#include <micropool/detail/sync/latch.hpp>
#include <micropool/detail/work/job.hpp>

#include <atomic>
#include <cstdint>

namespace micropool::detail {

struct background_task;
struct pool_state;
struct inbox_group;

// Belongs to one group and one pool. Workers of the pool take from it, and so does whoever blocks
// for the group's sake. The links and the tier are guarded by the pool's injector.
struct inbox {
  inbox(pool_state& p, const root& r, inbox_group& g) noexcept
      : pool(&p), belongs_to(&r), group(&g) {}
  inbox(const inbox&) = delete;
  inbox& operator=(const inbox&) = delete;

  pool_state* const pool;
  const root* const belongs_to;
  inbox_group* const group;
  inbox* sibling = nullptr;  // the next inbox of the same group, on another pool
  job* last = nullptr;  // of the ring of jobs that wait: the first is last->next
  // The neighbours in the list of inboxes that have jobs.
  inbox* next_ready = nullptr;
  inbox* previous_ready = nullptr;
  // How many jobs wait; written under the injector's lock, read without it as a hint.
  std::atomic<std::uint32_t> waiting{0};
  bool background = false;  // the list that it stands in while jobs wait
};

// The inboxes of one blocked call or background task, one for each pool on which its coroutines
// have been. Outlives all of these coroutines.
struct inbox_group {
  inbox_group(pool_state& p, const root& r, background_task* t = nullptr) noexcept
      : home(p, r, *this), task(t) {}
  ~inbox_group() { drop_siblings(); }
  inbox_group(const inbox_group&) = delete;
  inbox_group& operator=(const inbox_group&) = delete;

  inbox home;
  // Inboxes on other pools that coroutines have moved to; only ever grows.
  std::atomic<inbox*> siblings{nullptr};
  background_task* const task;  // whose group it is; null: a blocked call's
  // Has a coroutine of this group ever awaited a background task that somebody else runs?
  std::atomic<bool> has_awaited{false};

private:
  void drop_siblings() noexcept {
    if (siblings.load(std::memory_order_relaxed) != nullptr) [[unlikely]] free_siblings();
  }
  MICROPOOL_API void free_siblings() noexcept;
};

// A thread that blocks until coroutines or scope children have ended. Lives on its stack.
struct blocked_call : inbox_group {
  using inbox_group::inbox_group;
  latch done;
};

}  // namespace micropool::detail
