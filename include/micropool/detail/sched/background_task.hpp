// SPDX-License-Identifier: MIT OR Apache-2.0
// Background tasks: the record that the scheduler keeps of each, and the part of the gateway that
// deals with them. The callable and the result are in detail/task/spawn_state.hpp.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/sched/wait_circle.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <source_location>

namespace micropool::detail {

struct background_task;
struct task_list;
struct task_root;

// Records that a watched group waits for a task, directly or through other tasks (W1). Belongs to
// the wait through which it has reached the task, and lives as long as that wait.
struct wait_mark {
  inbox_group* watcher = nullptr;  // null: not in use
  inbox_group* at;                 // the group of the task
  wait_mark* before_at;            // neighbours among the marks of `at`
  wait_mark* after_at;
  wait_mark* next_of_wait;         // next mark of the same wait
  // Neighbours in the ring that holds it: the ring of new marks, or that of the watcher's ready
  // ones.
  wait_mark* prev;
  wait_mark* next;
  enum class place : std::uint8_t { none, fresh, ready } in;
  std::uint32_t made_in;  // the process that has made it
};

// One waiter for the end of a task: a coroutine or a blocked thread. Lives in the coroutine's frame
// or on the thread's stack until the end has been reported to it.
struct task_waiter {
  task_waiter* next = nullptr;  // next waiter for the same task
  frame* coroutine = nullptr;   // null: a thread waits for the latch
  latch ended;
  // The awaited task, and the place of this wait in the list of the waiting group.
  background_task* awaited = nullptr;
  inbox_group* listed_by = nullptr;
  bool by_coroutine = false;  // by a coroutine of the group, not by a thread blocked in its task
  task_waiter* prev_wait = nullptr;
  task_waiter* next_wait = nullptr;
  wait_mark* marks = nullptr;  // all marks made through this wait
  wait_mark own_mark;          // memory for the first of them, so that it cannot fail
  [[no_unique_address]] where_checked<wait_edge> edge;
};

// The root of a background task.
struct task_root : root {
  explicit task_root(background_task& t) noexcept : root(true), task(&t) {}
  background_task* const task;
  blocked_call* calls = nullptr;  // calls made inside the task that await something
};

// Reference counted: one reference for all handles, and one for the pool from the spawn to the end
// or cancellation. Keeps the state of its pool alive, so a handle may outlive the pool.
//
// B1  The thread that unlinks a task from its queue owns its start: a worker that takes the task, a
//     waiter that runs it in place, or a canceller. So a task is started once or never.
// B2  A linked task has no waiters: a thread that wants to wait either unlinks the task and starts
//     it, or observes that it is already unlinked.
// B3  A task has ended once `waiters` is the end mark; its result is written before.
//
// B4  A waiter that unlinks a task runs it in place as a child, with the waiter's root and inbox.
//     Two kinds of task keep their own root and inbox and are posted there instead: one that may
//     have several waiters (a shared coroutine, or a shared callable that background work waits
//     for), so that the others can help with it and lift it, and one that was spawned in another
//     floating-point environment than the waiter's.
//
//   queued --unlinked--> running --ends--> ended
//   queued --unlinked--> cancelled, ended
struct MICROPOOL_API background_task : job, completion {
  // The operations that depend on the type of the task. discard: the task will never run, so its
  // callable or coroutine is destroyed. destroy: the last reference is gone.
  enum class operation { discard, destroy };
  using manage_fn = void (*)(background_task&, operation) noexcept;

  // `run` is null for a coroutine; then `coroutine` is set after construction.
  background_task(pool_state& p, body run, manage_fn manage) noexcept;
  ~background_task();
  background_task(const background_task&) = delete;
  background_task& operator=(const background_task&) = delete;

  bool has_ended() const noexcept {
    // [acquire: task.end] the result is visible.
    return waiters.load(std::memory_order_acquire) == end_mark();
  }
  // The task's own address, which no waiter has.
  task_waiter* end_mark() const noexcept {
    return reinterpret_cast<task_waiter*>(const_cast<background_task*>(this));
  }

  // The cost of a short task is that of moving its cache lines between cores, so the members are
  // ordered hot to cold: first what every task touches, last what only tasks touch that fork,
  // suspend or are awaited.
  pool_state* const pool;
  const manage_fn manager;
  frame* coroutine = nullptr;  // null: a callable
  // The spawner's floating-point environment, in which the task and what it forks run.
  const float_environment environment = float_environment::here();
  // The queue's list that holds the task, and one of the links there; the other is job::next (Q1).
  // Once the task is unlinked, `list` is the mark of the process that has unlinked it. That value
  // is final and may be read without the lock.
  std::atomic<task_list*> list{nullptr};
  background_task* prev = nullptr;
  // Null, a stack of waiters, or the end mark.
  std::atomic<task_waiter*> waiters{nullptr};
  std::atomic<std::uint32_t> references{2};
  std::atomic<std::uint32_t> handles{1};  // of a shared task
  bool shared = false;                    // set before it is queued
  // Only one handle refers to the task: a callable that its only waiter runs in place, or a task
  // that was cancelled through its only handle. Then its end needs no locked instruction.
  bool sole_owner = false;
  bool cancelled = false;  // written before the end
  bool lost = false;       // likewise: cancelled, because fork() has left its thread behind
  std::atomic<bool> observed{false};  // the result or the exception has been retrieved
  std::atomic<bool> unwanted{false};  // to be cancelled when the last handle is released
  // Where the task is listed between its start and its end (begun_tasks): the number of the place,
  // 0 for none, and the participant of the pool that has the place.
  std::uint8_t shown_as = 0;
  std::uint16_t shown_by = 0;
  std::source_location spawned_at{};
  // Links of worklists. Each belongs to the one thread that lifts, searches or assigns servers.
  background_task* next_lifted = nullptr;
  background_task* next_visited = nullptr;
  background_task* next_served = nullptr;
  pool_state* served_before = nullptr;      // reference counted, as the present server
  task_root own_root{*this};
  inbox_group inboxes;
  [[no_unique_address]] where_checked<wait_node> circle;
};

// The pool that spawn_owned() and spawn_shared() use: that of the current call, the installed one,
// or the global one.
MICROPOOL_API pool_state& spawn_target();

// Queues a task and wakes a worker if all that could take it sleep. Throws pool_stopped; then the
// caller still owns the task.
MICROPOOL_API void spawn(background_task& t);

// Releases the pool's reference and reports the end to all waiters.
// LAST TOUCH: after this the task may be gone.
MICROPOOL_API void end_task(background_task& t, participant& by) noexcept;

// Blocks until the task has ended. Starts it here if it has not been started.
MICROPOOL_API void join_task(background_task& t);

// Starts the task here if it has not been started, then runs what it has forked until there is no
// such job left to take.
MICROPOOL_API void help_task(background_task& t);

// For a coroutine that awaits the task. Runs the task in place if it has not been started and may
// run as the parent's child (B4). Returns true if the task has ended; otherwise the parent must
// suspend.
MICROPOOL_API bool run_or_announce(background_task& t, frame& parent, task_waiter& w) noexcept;
// Returns true if the end will be reported to the waiter, false if the task has already ended.
// LAST TOUCH: after a true return the waiter and the task may be gone.
MICROPOOL_API bool add_waiter(background_task& t, task_waiter& w) noexcept;

// Returns true if the task has ended. In a child of fork(), first ends a task that a thread of the
// parent process had started, as lost.
MICROPOOL_API bool ended_or_lost(background_task& t) noexcept;

// Cancels the task if it has not been started; then it will never run, and this returns true.
MICROPOOL_API bool cancel_task(background_task& t) noexcept;

// Cancels all that is queued. For the thread that ends the pool.
void cancel_queued(pool_state& pool) noexcept;

// Releases a reference; the last one destroys the task.
MICROPOOL_API void release(background_task& t) noexcept;
// Releases a handle of a shared task. Returns true if it was the last one and has cancelled the
// task.
MICROPOOL_API bool drop_shared(background_task& t) noexcept;
// Destroys a task that could not be queued.
MICROPOOL_API void abandon(background_task& t) noexcept;

// Reports an exception that no handle can retrieve any more.
MICROPOOL_API void report_unobserved(const background_task& t, std::exception_ptr e) noexcept;

[[noreturn]] MICROPOOL_API void throw_cancelled(const background_task& t);

}  // namespace micropool::detail
