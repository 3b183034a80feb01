// SPDX-License-Identifier: MIT OR Apache-2.0
// What a deque holds: something a participant can run.
#pragma once

namespace micropool::detail {

struct inbox;
struct participant;

// Lives on a blocked caller's stack, in a coroutine frame or in a scope's child node. Whoever takes
// it from a deque or inbox runs it exactly once.
// LAST TOUCH: once execute has signalled the end, the job may be gone.
struct job {
  using body = void (*)(job&, participant&) noexcept;

  explicit job(body run) noexcept : execute(run) {}

  body execute;  // null: the job is a frame, to be resumed (a pointer to an inline function would
                 // differ between the library and the program, so it cannot mark one)
  job* next;  // link of the inbox that holds it; meaningless elsewhere, hence not initialised
  // Where it waits when it is taken off a deque again, and where a coroutine continues when it
  // becomes ready from elsewhere. Set before it is published, but for branches of a blocking join
  // on a thread's own stack, which never leave their deque otherwise than to run.
  inbox* home;
};

}  // namespace micropool::detail
