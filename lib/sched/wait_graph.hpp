// SPDX-License-Identifier: MIT OR Apache-2.0
// Who waits for whom: which group of inboxes waits for which background task. A group waits for a
// task if one of its coroutines awaits it; the task's own group may wait for others in turn. A
// thread that blocks for the sake of a group may run the jobs of every task below it.
//
// All that asks who waits, upwards (whom a ready job concerns) or downwards (what a waiter may run,
// is lifted with and keeps served), asks here. Inside are the lists of waits (wait_lists.hpp), the
// marks (wait_marks.hpp), the search (take_awaited.cpp), the lifting (lift.cpp), and serving.hpp.
// The debug check (find_circle.hpp) has edges of its own: a task that runs in place waits in the
// name of its waiter's group, and only the check has to know which task it is.
//
// A thread that walks down this graph at each look, or a poster that walks up at each post, would
// pay for the depth of the graph each time. So a group for whose sake a thread blocks is watched,
// and says so once to every task below it:
//
// W1  Each task below a watched group bears a mark that names this group. A mark comes by way of a
//     wait and lives as long as the wait, which begins before a post below it can miss the watcher,
//     and ends before its waiter is told. So a mark names a group that exists: the group does not
//     end before its waits.
// W2  Of a mark and a wait that begins below it at the same time, one finds the other: the wait is
//     listed, then looks at the marks of its group; a mark is made, then the list is read.
// W3  Of a mark and a job that is posted at the same time, one finds the other: the job is counted,
//     then the marks are read; a mark is made, then the counts are read.
// W4  The thread that finds both puts the mark into the ring of what is ready for its watcher, and
//     wakes a thread that blocks there, if one sleeps.
//
// The lists of waits have locks that their addresses choose. Marks and rings have one lock for all
// pools, which is taken only where there is a mark or a watched group awaits something. Order of
// locks: that of an injector, that of the graph, that of a list.
//
// Cost: each pair of a watched group and a task below it is visited once.
#pragma once

#include "find_circle.hpp"
#include "found_work.hpp"
#include "participant_state.hpp"

#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <cstdint>

namespace micropool::detail {

// A thread that works for the root `waiter` is about to wait for a task that has been started.
// Lifts the task and what it waits for in turn, unless another foreground root has done so: without
// that the waiter would depend on work of the lower tier, which its own thread could not take by
// its root. If the waiter is background work itself, the wait is listed until end_wait(), and the
// task is lifted together with the waiter.
void announce_wait(background_task& t, task_waiter& w, const root& waiter) noexcept;
// The same for a coroutine with that home. Its wait is always listed, and if no thread was sure to
// run the task, the workers of the waiter's pool do from now on (V2).
void announce_wait(background_task& t, task_waiter& w, const inbox& waiter) noexcept;
// Removes the wait and its marks: it is over, or does not come about. Must be called before the
// waiter is told, because the waiter may be gone then.
void end_wait(task_waiter& w) noexcept;

// Upwards: tells the watchers of a job that was counted in an inbox of the group, and wakes a
// thread that blocks for the sake of the group or of one that waits for it. Returns false if none
// sleeps. Requires that the job cannot be taken meanwhile.
bool tell_watchers(inbox_group& g) noexcept;
// S6: for each task below the watched group that has something ready, wakes a thread that takes
// it.
void forward_awaited(inbox_group& watched) noexcept;

// Downwards: takes a job of a task below the waiter's group, on any pool. The tasks take turns;
// `turn` chooses the inbox of the task. A waiter that blocks until all that its group waits for has
// ended watches the group from the first call on.
found_work take_awaited(const wait_filter& waiter, std::uint32_t turn) noexcept;
// Returns true if not all tasks below bear its mark. Then its threads must poll and not sleep.
bool is_blind(const inbox_group& watched) noexcept;

// Guards the waits in that task, and its end if fork() has lost it.
short_mutex& lock_of(const task_root& r) noexcept;

// For fork(), which holds all locks meanwhile. The last one is for the only thread of its child.
void lock_wait_graph() noexcept;
void unlock_wait_graph() noexcept;
void forget_fresh_marks() noexcept;

}  // namespace micropool::detail
