// SPDX-License-Identifier: MIT OR Apache-2.0
// The loops that run jobs at the bottom of stacks: that of a worker, that of a blocked participant,
// and that of a call which runs its own jobs before it waits.
#pragma once

#include "participant_state.hpp"

#include <micropool/detail/sync/latch.hpp>

namespace micropool::detail {

// A worker: search, run, search again; sleep after a while without work. Runs until the pool ends.
// `searching`: the worker counts as searching already, because a waker has made its thread anew.
void worker_loop(participant_state& self, bool searching) noexcept;

// A blocked participant: runs one job that descends from what it waits for, checks the latch, and
// runs the next, until `done` is set. Requires that the caller has set up a bottom (run_job.hpp).
void help(participant_state& self, latch& done, const wait_filter& filter) noexcept;

}  // namespace micropool::detail
