// SPDX-License-Identifier: MIT OR Apache-2.0
// The gateway: the functions through which templates call the compiled scheduler.
#pragma once

#include <micropool/detail/sched/inbox.hpp>
#include <micropool/detail/sched/participant.hpp>

namespace micropool::detail {

// For the debug check of circles of waits: returns the home inbox of the call or task that the
// caller's code belongs to, or null.
MICROPOOL_API inbox* home_of_code() noexcept;

// Returns the root that this participant works for at present.
MICROPOOL_API const root& current_root(const participant& p) noexcept;

// Waits until `done` is set. In a fiber, suspends it. Elsewhere blocks, and meanwhile runs only
// jobs that descend from what is waited for: those pushed here at `base` or above, and what
// descends from them; in an outermost call, all jobs of its root. This is transitive leapfrogging
// (Wagner and Calder, "Leapfrogging: a portable technique for implementing efficient futures",
// PPoPP 1993).
MICROPOOL_API void help_until(const participation& here, latch& done,
                              participant::index base) noexcept;

// As help_until outside a fiber, until `call` is done. Also runs the ready coroutines in the call's
// inboxes, which descend from the call as well.
MICROPOOL_API void help_until_done(const participation& here, blocked_call& call,
                                   participant::index base) noexcept;

// Wakes the thread that latch::set() has returned.
MICROPOOL_API void wake_waiter(void* waiter) noexcept;
// Wakes the waiter of a branch of a blocking join, as its latch::set() has returned it: unparks a
// thread, or resumes a fiber as a parent whose last child has ended.
MICROPOOL_API void wake_joiner(void* waiter, participant& by) noexcept;

// Runs the fiber until its body has ended (returns true), or until it waits for something that is
// not ready (returns false).
MICROPOOL_API bool run_fiber(fiber& f) noexcept;
// Suspends the host until what the fiber waits for is ready.
// LAST TOUCH: unless the host's own handle is returned, the host may run elsewhere.
MICROPOOL_API std::coroutine_handle<> suspend_host(fiber& f) noexcept;
// Returns the stack size for stackful tasks of the host's pool.
MICROPOOL_API std::size_t stack_size_for(const frame& host) noexcept;

// Returns true if the pool has workers. A fiber may wait for work of a pool only then: otherwise no
// thread is sure to run the work.
MICROPOOL_API bool has_workers(const pool_state& pool) noexcept;

// Completes a blocked call: sets its latch and wakes the caller.
// LAST TOUCH: after this the call may be gone.
MICROPOOL_API void complete_call(blocked_call& call, const participant& by) noexcept;

// Runs this participant's own jobs at `base` and above until none is left, until foreground work
// waits (if `give_way`), or until it has run so many that other work must have its turn (F4).
MICROPOOL_API void run_own_jobs(participant& p, participant::index base, modes of_code,
                                bool give_way = false) noexcept;

// For background work: returns true if foreground work waits. Searches only every few
// microseconds; in between it returns false.
MICROPOOL_API bool foreground_waits(participant& p) noexcept;

// Starts a frame and blocks until it has ended, helping meanwhile. With `loop`, only this thread
// resumes the frame. Throws std::system_error if there is no stack for it; then the frame has been
// destroyed.
MICROPOOL_API void run_to_end(frame& f, const participation& here, bool loop = false);

// Calls the body on this stack, or on another one if this is used up or its bounds are unknown.
// Throws std::system_error if there is no other stack; then the body was not called.
MICROPOOL_API void call_with_enough_stack(participant& p, void (*body)(void*) noexcept,
                                          void* argument);

// Puts a job into an inbox and wakes a sleeper that may take it, if there is one. Any thread.
// LAST TOUCH: the job may have run and the inbox may be gone when this returns.
MICROPOOL_API void post(inbox& to, job& j) noexcept;

// Returns the inbox of the frame's group on `pool`; makes one if there is none. Throws
// std::bad_alloc.
MICROPOOL_API inbox& inbox_on(const frame& f, pool_state& pool);

// Releases the place of a migrated frame that has ended or left the pool (migration.hpp).
MICROPOOL_API void release_reservation(pool_state& pool) noexcept;

}  // namespace micropool::detail
