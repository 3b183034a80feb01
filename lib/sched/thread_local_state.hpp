// SPDX-License-Identifier: MIT OR Apache-2.0
// What the scheduler keeps per thread.
#pragma once

#include "pool_state.hpp"

namespace micropool::detail {

struct thread_local_state {
  // The participant this thread is at present, of the pool that is current.
  participant_state* current = nullptr;
  // Otherwise the pool that install() made current, if any.
  pool_state* installed = nullptr;
  // The pool that this thread is a worker of, if any.
  const pool_state* worker_of = nullptr;
  // A guest slot kept for the next call, so that a loop of calls registers once. It counts as a
  // reference to its pool.
  participant_state* kept = nullptr;
  bool kept_in_use = false;
  bool exiting = false;
};

// Out of line, like current_participant().
thread_local_state& this_thread() noexcept;

[[noreturn]] void throw_pool_stopped();

// A slot in the pool for this thread, and back.
participant_state& acquire_guest_slot(pool_state& pool);
void release_guest_slot(participant_state& slot) noexcept;

}  // namespace micropool::detail
