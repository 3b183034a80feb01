// SPDX-License-Identifier: MIT OR Apache-2.0
// Which threads sleep, which search, and which are woken (S1 to S6 in README.md).
#pragma once

#include "find_work.hpp"

#include <micropool/detail/sync/latch.hpp>

namespace micropool::detail {

// A worker without work counts as searching until it finds some or falls asleep. Publishers rely
// on a searching worker and wake no other; so the last one that stops searching looks at what is
// left and hands the search over (S5).
void start_searching(pool_state& pool) noexcept;
void stop_searching(participant_state& self) noexcept;

// Blocks until a publisher has work for this worker or the pool stops. Requires that the worker
// counts as searching; it does so again on return. Returns work if the last look before falling
// asleep found some.
found_work sleep_as_worker(participant_state& self) noexcept;

// Blocks until woken, and may return early. Returns work if the last look before falling asleep
// found some. A waiter that was woken for a job (`woken_for_job`) must call forward_wakeup() before
// it runs what it has taken (S6).
found_work sleep_as_waiter(participant_state& self, latch& done, const wait_filter& filter,
                           wait_turns& turns) noexcept;
// S6: forwards the wake-up to other threads if anything else was posted. Called by a waiter that
// was woken for a job, before it runs the job that it has taken.
void forward_wakeup(participant_state& self, const wait_filter& filter) noexcept;

// Wakes a thread that may run a job which was put into an inbox of the pool, or was lifted.
void notify_posted(pool_state& pool, const post_result& what) noexcept;
// Wakes a thread that takes from that inbox; returns false if none sleeps. Never reads the inbox.
bool wake_waiter_of(pool_state& pool, const inbox& home) noexcept;

// Wakes a worker if none searches. Called after a background task was queued.
void notify_spawned(pool_state& pool) noexcept;

// Wakes all workers, which then see that the pool ends.
void wake_everybody(pool_state& pool) noexcept;

}  // namespace micropool::detail
