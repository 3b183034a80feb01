// SPDX-License-Identifier: MIT OR Apache-2.0
// Running a job that must not mix with the work a participant has in hand.
#pragma once

#include "pool_state.hpp"

namespace micropool::detail {

// Runs one job and what it leaves in the deque, in a guest slot of the job's pool: for a job of
// another pool, or of another root than the one this thread's deque belongs to.
void run_as_visitor(const found_work& f) noexcept;

}  // namespace micropool::detail
