// SPDX-License-Identifier: MIT OR Apache-2.0
// Who sleeps, who searches, and who is woken (S1 to S5 in README.md).
#pragma once

#include "find_work.hpp"

#include <micropool/detail/sync/latch.hpp>

namespace micropool::detail {

// A worker without work counts as searching until it finds some or sleeps.
void start_searching(pool_state& pool) noexcept;
void stop_searching(participant_state& self) noexcept;

// Sleeps until somebody has work for it or the pool stops; the worker searches before and after.
// Returns work if a last look before falling asleep found some.
found_work sleep_as_worker(participant_state& self) noexcept;

// Sleeps until `done` is set or somebody pushes what the filter accepts; in the second case it is
// relied on from then on.
found_work sleep_as_waiter(participant_state& self, latch& done,
                           const wait_filter& filter) noexcept;
// S6: by a waiter that was relied on, before it runs the job that it has taken.
void hand_on(participant_state& self, const wait_filter& filter) noexcept;

// After a job was put into an inbox of the pool, or was lifted.
void notify_posted(pool_state& pool, const posted& what) noexcept;
// Wakes a thread that looks into that inbox, if one sleeps. The inbox serves as a name only.
bool wake_waiter_of(pool_state& pool, const inbox& home) noexcept;

// After a background task was queued.
void notify_spawned(pool_state& pool) noexcept;

// Wakes all workers, to end.
void wake_everybody(pool_state& pool) noexcept;

}  // namespace micropool::detail
