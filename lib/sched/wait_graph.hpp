// SPDX-License-Identifier: MIT OR Apache-2.0
// Which group of inboxes waits for which background task. A group waits for a task if one of its
// coroutines awaits it; the task's own group may wait for others in turn. A thread that blocks for
// the sake of a group may run the jobs of every task below it.
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

#include "injector.hpp"
#include "wait_lists.hpp"

#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

namespace micropool::detail {

// Lists a wait of the group, and makes the marks that it passes down.
void list_wait(inbox_group& by, task_waiter& w) noexcept;
// Removes the wait and its marks: it is over, or does not come about. Must be called before the
// waiter is told, because the waiter may be gone then.
void end_wait(task_waiter& w) noexcept;

// Delays the end of a task: its waiters are not told before unpin(). Requires a lock that keeps
// one of the waiters from being told: that of the list in which its wait stands, or that of the
// graph if a mark came by way of it.
inbox_group& pin(inbox_group& of_task) noexcept;
// LAST TOUCH: the task may be gone.
void unpin(inbox_group& of_task) noexcept;

// Blocks until no thread pins the task, and until no search is under way that may have seen it.
void wait_for_pins(const background_task& t) noexcept;
void wait_for_search() noexcept;

// Marks the group as watched, for a thread that is about to block for its sake and does so until
// all that the group waits for has ended. Called before each look; only the first call has work to
// do.
void watch(inbox_group& g) noexcept;

// Returns true if a job waits in an inbox of the group.
bool has_ready(const inbox_group& g) noexcept;

// Tells the watchers of a job that was counted in an inbox of the group, and wakes a thread that
// blocks for the sake of the group or of one that waits for it. Returns false if none sleeps.
// Requires that the job cannot be taken meanwhile.
bool tell_watchers(inbox_group& g) noexcept;

// Takes a job of a task below a watched group, on any pool. The tasks take turns; `turn` chooses
// the inbox of the task.
found_work take_awaited(inbox_group& watched, std::uint32_t turn) noexcept;
// As above for a group that is not watched, or blind: searches all tasks below it.
found_work search_awaited(inbox_group& g, std::uint32_t turn) noexcept;

// S6: for each task below the watched group that has something ready, wakes a thread that takes
// it.
void forward_awaited(inbox_group& watched) noexcept;

// Returns true if not all tasks below bear its mark. Then its threads must poll and not sleep.
bool is_blind(const inbox_group& watched) noexcept;

// For fork(), which holds all locks meanwhile. The other two are for the only thread of its child.
void lock_wait_graph() noexcept;
void unlock_wait_graph() noexcept;
void forget_fresh_marks() noexcept;

}  // namespace micropool::detail
