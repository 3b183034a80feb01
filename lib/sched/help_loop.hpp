// SPDX-License-Identifier: MIT OR Apache-2.0
// A blocked participant: helps with what it waits for, one job at a time, and looks up in between.
#pragma once

#include "participant_state.hpp"

#include <micropool/detail/sync/latch.hpp>

namespace micropool::detail {

// Returns when `done` is set. The caller has set up a bottom (run_job.hpp).
void help(participant_state& self, latch& done, const wait_filter& filter) noexcept;

}  // namespace micropool::detail
