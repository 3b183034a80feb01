// SPDX-License-Identifier: MIT OR Apache-2.0
// Inboxes: hold ready jobs that cannot be pushed to a deque, such as coroutines resumed by a
// foreign awaitable and forks that would break the order of a deque.
#pragma once

#include <micropool/detail/base/float_environment.hpp>
#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/sched/root.hpp>
#include <micropool/detail/sync/latch.hpp>
#include <micropool/detail/work/job.hpp>

#include <atomic>
#include <cstdint>

namespace micropool::detail {

struct background_task;
struct frame;
struct participant;
struct pool_state;
struct inbox_group;
struct task_waiter;
struct wait_mark;

// Belongs to one group and one pool. Workers of the pool take jobs from it, and so do threads that
// block for the group's sake. The links and the tier are guarded by the injector of the pool that
// serves the inbox.
struct inbox {
  inbox(pool_state& p, const root& r, inbox_group& g, float_environment e) noexcept
      : pool(&p), belongs_to(&r), group(&g), environment(e) {}
  inbox(const inbox&) = delete;
  inbox& operator=(const inbox&) = delete;

  pool_state* const pool;
  const root* const belongs_to;
  inbox_group* const group;
  const float_environment environment;  // in which its jobs run, also after a lift
  inbox* sibling = nullptr;  // next inbox of the same group, on another pool
  job* last = nullptr;  // newest of the ring of waiting jobs; the oldest is last->next
  // Neighbours in the injector's list of inboxes that have jobs.
  inbox* next_ready = nullptr;
  inbox* previous_ready = nullptr;
  // How many jobs wait. Written under the injector's lock, read without it as a hint.
  std::atomic<std::uint32_t> waiting{0};
  bool background = false;  // which of the injector's lists holds it while jobs wait
};

// The inboxes of one blocked call or background task, one for each pool on which its coroutines
// have run. Must outlive all of these coroutines.
struct inbox_group {
  inbox_group(pool_state& p, const root& r, background_task* t = nullptr,
              float_environment e = float_environment::here()) noexcept
      : home(p, r, *this, e), served_by(&p), task(t) {}
  ~inbox_group() { drop_siblings(); }
  inbox_group(const inbox_group&) = delete;
  inbox_group& operator=(const inbox_group&) = delete;

  inbox home;
  // The pool that serves those inboxes of the group that are on pools without workers: the group's
  // own pool, unless that has no workers either and the task is awaited elsewhere
  // (lib/sched/serving.hpp).
  std::atomic<pool_state*> served_by;
  // Inboxes on other pools to which coroutines have migrated. The list only grows.
  std::atomic<inbox*> siblings{nullptr};
  background_task* const task;  // the owning task; null: the group of a blocked call

  // Its place in the graph of waits (lib/sched/wait_graph.hpp, W1 to W4).
  std::atomic<std::uint32_t> pins{0};        // for a task: threads that search its ready jobs
  std::atomic<std::uint32_t> watched_in{0};  // the process in which a thread blocks for its sake
  std::atomic<bool> blind{false};            // watched, but memory for some marks was missing
  // The waits of its coroutines; for a task, also those of threads that block inside it. Guarded by
  // lock_of() the group.
  task_waiter* waits = nullptr;
  // `marks` name the watched groups above this one. `ready`, for a watched group, is the ring of
  // the marks below it that have something ready. Changed under the lock of the graph.
  std::atomic<wait_mark*> marks{nullptr};
  std::atomic<wait_mark*> ready{nullptr};
  // The last search that reached this group, and the last that took a job from it. Guarded by the
  // lock of the graph.
  std::uint64_t visited = 0;
  std::uint64_t served = 0;

private:
  void drop_siblings() noexcept {
    if (siblings.load(std::memory_order_relaxed) != nullptr) [[unlikely]] free_siblings();
  }
  MICROPOOL_API void free_siblings() noexcept;
};

// A thread that blocks until coroutines or scope children have ended. Lives on its stack.
struct blocked_call : inbox_group {
  using inbox_group::inbox_group;
  // Belongs to the root that the participant works for at present.
  MICROPOOL_API explicit blocked_call(const participant& p) noexcept;
  ~blocked_call() {
    if (listed) [[unlikely]] leave_task();
  }
  // Set for a loop: its coroutine resumes on the calling thread, so that its memory returns to the
  // thread that allocates it again for the next loop. That thread is free to resume it: everything
  // it could run for the loop has ended.
  bool resumes_here = false;
  frame* resumed = nullptr;  // the coroutine to resume, written before the latch is set
  latch done;
  // The task whose code makes the call, for the debug check of circles of waits.
  background_task* inside = nullptr;
  // A call inside a background task is listed with that task if coroutines of the call await other
  // tasks: a lift of the task lifts those too. Guarded by lock_of() the task; only the call's own
  // thread unlists it.
  bool listed = false;
  blocked_call* prev = nullptr;
  blocked_call* next = nullptr;

private:
  MICROPOOL_API void leave_task() noexcept;
};

// Returns the innermost task that code of this group belongs to, or null.
inline background_task* task_of(const inbox_group* g) noexcept {
  if (g == nullptr || g->task != nullptr) return g == nullptr ? nullptr : g->task;
  return static_cast<const blocked_call*>(g)->inside;
}

}  // namespace micropool::detail
