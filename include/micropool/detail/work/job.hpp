// SPDX-License-Identifier: MIT OR Apache-2.0
// job: the element of deques and inboxes, something that a participant can run.
#pragma once

#include <micropool/detail/base/macros.hpp>

namespace micropool::detail {

struct inbox;
struct participant;

// Lives on a blocked caller's stack, in a coroutine frame, in a scope's child node, in a loop's slot
// or in a background task's record. The participant that takes it from a deque or inbox to run it must run it exactly once.
// LAST TOUCH: once execute has signalled the end, the job may be gone.
struct job {
  using body = void (*)(job&, participant&) noexcept;

  explicit job(body run) noexcept : execute(run) {
    if constexpr (MICROPOOL_DEBUG_CHECKS) home = nullptr;
  }

  body execute;  // null: the job is a frame, to be resumed (a pointer to an inline function could
                 // not mark one, for it may differ between the library and the program)
  job* next;  // link of the inbox that holds it; meaningless elsewhere, hence not initialised
  // The inbox to which the job is reposted if it is removed from a deque unrun, and in which a
  // suspended coroutine resumes. Set before publication. Branches of a blocking join on a thread's
  // own stack leave it unset: they leave the deque only to run.
  inbox* home;
};

}  // namespace micropool::detail
