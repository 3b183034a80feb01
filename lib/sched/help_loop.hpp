// SPDX-License-Identifier: MIT OR Apache-2.0
// The loop of a blocked participant: runs one job that descends from what it waits for, checks the
// latch, and runs the next.
#pragma once

#include "participant_state.hpp"

#include <micropool/detail/sync/latch.hpp>

namespace micropool::detail {

// Blocks until `done` is set. Requires that the caller has set up a bottom (run_job.hpp).
void help(participant_state& self, latch& done, const wait_filter& filter) noexcept;

}  // namespace micropool::detail
