// SPDX-License-Identifier: MIT OR Apache-2.0
// Running a job that must not mix with the current work of a participant.
#pragma once

#include "pool_state.hpp"

#include <micropool/detail/work/frame.hpp>

namespace micropool::detail {

// Runs one job and what it leaves in the deque, in a guest slot of the job's pool: for a job of
// another pool, of another root than the one that this thread's deque belongs to, or of another
// floating-point environment (L4). The caller must be able to take from `within_reach` what is
// posted there (F4).
void run_as_visitor(const found_work& f, const reach& within_reach) noexcept;

// Resumes a frame that is suspended until it suspends again or ends, on any thread, whatever that
// runs, in a guest slot of the frame's home pool. What becomes ready by that is posted, so the
// caller does no more than the frame itself. Without memory for the slot posts the frame as well.
// LAST TOUCH: the frame may be gone.
void resume_as_visitor(frame& f) noexcept;

}  // namespace micropool::detail
