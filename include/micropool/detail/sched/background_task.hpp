// SPDX-License-Identifier: MIT OR Apache-2.0
// A spawned task as the scheduler sees it, and the part of the gateway that deals with such tasks.
// What it runs and what it returns is known to detail/task/spawn_state.hpp.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <atomic>
#include <cstdint>
#include <exception>

namespace micropool::detail {

struct background_task;
struct task_list;
struct task_root;

// Somebody who waits for the end of a task: a coroutine or a blocked thread. Lives in the frame of
// the one or on the stack of the other until the end has been reported to it.
struct task_waiter {
  task_waiter* next = nullptr;  // of those that wait for the same task
  frame* coroutine = nullptr;   // null: a thread that waits for the latch
  latch ended;
  // If it waits in background work: for what, and its place in the list of that work's root.
  background_task* awaited = nullptr;
  task_root* root_of_wait = nullptr;
  bool listed = false;  // guarded by the root's lock, like the links
  task_waiter* before = nullptr;
  task_waiter* after = nullptr;
};

// The root of a background task. It lists what its work waits for, because that has to be lifted
// together with it.
struct task_root : root {
  task_root() noexcept : root(true) {}
  short_mutex mutex;  // guards the list, and is held while lifted_to is set
  task_waiter* waits = nullptr;
};

// Counted: once for all handles, and once for the pool from the spawn to the end or cancellation.
// Keeps the state of its pool alive, so a handle may outlive the pool.
//
// B1  Whoever unlinks a task from its queue owns its start: a worker that takes it, somebody who
//     waits for it and runs it in place, or somebody who cancels it. So it starts once or never.
// B2  Nobody waits for a task that is linked: whoever wants to wait starts it, or finds that
//     somebody else has just unlinked it.
// B3  A task has ended once `waiters` is the mark; its result is written before.
//
// B4  A task that several may wait for keeps its own root and inbox when one of them starts it, so
//     that the others can help with it and lift it; the one waiter of an owned task runs it as its
//     child.
//
//   queued --unlinked--> running --ends--> ended
//   queued --unlinked--> cancelled, ended
struct MICROPOOL_API background_task : job, completion {
  enum class request { discard, destroy };
  // discard: it will never run, so what it would have run goes. destroy: nobody refers to it.
  using by_type = void (*)(background_task&, request) noexcept;

  // `run` is null for a coroutine, which is set afterwards.
  background_task(pool_state& p, body run, by_type manage) noexcept;
  ~background_task();
  background_task(const background_task&) = delete;
  background_task& operator=(const background_task&) = delete;

  bool has_ended() const noexcept {
    // [acquire: task.end] the result.
    return waiters.load(std::memory_order_acquire) == end_mark();
  }
  // No waiter has this address.
  task_waiter* end_mark() const noexcept {
    return reinterpret_cast<task_waiter*>(const_cast<background_task*>(this));
  }

  // A task without much to do costs what its cache lines cost on the way to another core and back.
  // So what every task needs comes first; what serves those that fork, suspend or are waited for,
  // last.
  pool_state* const pool;
  const by_type of_type;
  frame* coroutine = nullptr;  // null: a callable
  // In its queue: the list it stands in, and its links there, of which job::next is the other (Q1).
  // Null is final, and may be read without the lock.
  std::atomic<task_list*> list{nullptr};
  background_task* before = nullptr;
  // Null, a stack of waiters, or the mark of the end.
  std::atomic<task_waiter*> waiters{nullptr};
  std::atomic<std::uint32_t> references{2};
  std::atomic<std::uint32_t> handles{1};  // of a shared task
  bool shared = false;                    // set before it is queued
  // Nobody else refers to it: a callable that its only waiter runs in place, or a task that was
  // cancelled through its only handle.
  bool alone = false;
  bool cancelled = false;  // written before the end
  std::atomic<bool> observed{false};  // somebody has got the result or the exception
  std::atomic<bool> unwanted{false};  // to be cancelled as soon as no handle is left
  background_task* next_lifted = nullptr;  // of the one thread that lifts it
  task_root own_root;
  inbox_group inboxes;
};

// The pool that a spawn without one uses: that of the call, the installed one, or the global one.
MICROPOOL_API pool_state& spawn_target();

// Queues a task and wakes a worker if all that could take it sleep. Throws pool_stopped; then the
// caller still owns it.
MICROPOOL_API void spawn(background_task& t);

// Reports the end to all who wait, and gives up the pool's reference.
// LAST TOUCH: after this the task may be gone.
MICROPOOL_API void end_task(background_task& t, participant& by) noexcept;

// Blocks until it has ended; starts it here if nobody has.
MICROPOOL_API void join_task(background_task& t);

// Starts it here if nobody has, then runs what it has forked until there is nothing to take.
MICROPOOL_API void help_task(background_task& t);

// For a coroutine that awaits the task. True if it has ended; runs it in place if nobody has
// started it. Otherwise the parent must suspend.
MICROPOOL_API bool run_or_announce(background_task& t, frame& parent, task_waiter& w) noexcept;
// From now on the end is reported to the waiter. False if it has ended.
MICROPOOL_API bool add_waiter(background_task& t, task_waiter& w) noexcept;

// True if it will never run.
MICROPOOL_API bool cancel_task(background_task& t) noexcept;

// Gives a reference up; the last one destroys the task.
MICROPOOL_API void release(background_task& t) noexcept;
// Gives the handle of a shared task up. True if that was the last one and has cancelled it.
MICROPOOL_API bool drop_shared(background_task& t) noexcept;
// For a task that could not be queued.
MICROPOOL_API void abandon(background_task& t) noexcept;

// For an exception that nobody can observe any more.
MICROPOOL_API void report_unobserved(const background_task& t, std::exception_ptr e) noexcept;

[[noreturn]] MICROPOOL_API void throw_cancelled();
[[noreturn]] MICROPOOL_API void throw_empty_handle(const char* call);

}  // namespace micropool::detail
