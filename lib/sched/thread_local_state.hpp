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
  // What this thread is if it is a worker, also while it is a guest somewhere.
  const participant_state* worker = nullptr;
  // A guest slot kept for the next call, so that a loop of calls registers once. It counts as a
  // reference to its pool.
  participant_state* kept = nullptr;
  bool kept_in_use = false;
  bool exiting = false;
  // References to a pool that this thread holds in stock, for the background tasks it makes, and
  // from those whose end it sees: so that most tasks touch no counter that all threads share.
  pool_state* stock_of = nullptr;
  std::uint32_t stock = 0;
};

// Out of line, like current_participant().
thread_local_state& this_thread() noexcept;

// The pool that is current for this thread; starts the global one if need be.
pool_state& pool_of(const thread_local_state& t);

[[noreturn]] void throw_pool_stopped();

// A slot in the pool for this thread, and back.
participant_state& acquire_guest_slot(pool_state& pool);
void release_guest_slot(participant_state& slot) noexcept;

// A reference to a pool's state, and back; by way of the stock.
void keep_from_stock(pool_state& pool) noexcept;
void drop_to_stock(pool_state& pool) noexcept;

}  // namespace micropool::detail
