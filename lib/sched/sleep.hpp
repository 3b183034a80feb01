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

// Sleeps until `done` is set or somebody pushes what the filter accepts.
found_work sleep_as_waiter(participant_state& self, latch& done,
                           const wait_filter& filter) noexcept;

// After a job was put into an inbox. The pools are those of the inbox and of the caller that
// blocks; the inbox may be gone and serves as a name only.
struct posted {
  pool_state* pool;
  pool_state* callers_pool;
  const inbox* callers_inbox;
  const root* belongs_to;
};
void notify_posted(const posted& what) noexcept;

// Wakes all workers, to end.
void wake_everybody(pool_state& pool) noexcept;

}  // namespace micropool::detail
