// SPDX-License-Identifier: MIT OR Apache-2.0
// What the scheduler keeps per thread.
#pragma once

#include "pool_state.hpp"

namespace micropool::detail {

struct thread_local_state {
  // The participant that this thread is at present, of the pool that is current.
  participant_state* current = nullptr;
  // Otherwise the pool that install() made current, if any.
  pool_state* installed = nullptr;
  // The thread's own participant if it is a worker, also while it is a guest elsewhere.
  const participant_state* worker = nullptr;
  // A guest slot cached for the next call, so that a loop of calls registers once. Holds a
  // reference to its pool.
  participant_state* kept = nullptr;
  // References to a pool that this thread holds in advance, for background tasks that it makes,
  // and takes over from tasks whose end it reports. So most tasks touch no counter that threads
  // share.
  pool_state* refs_of = nullptr;
  std::uint32_t cached_refs = 0;
  bool kept_in_use = false;
  bool exiting = false;
  bool starts_global_pool = false;
};
// All thread_locals of the library together take less than 100 bytes: a library that is loaded
// late gets little memory for them, and each copy of this one needs its share.
static_assert(sizeof(thread_local_state) <= 48);

// Out of line, like current_participant().
thread_local_state& this_thread() noexcept;

// The pool that is current for this thread; starts the global one if need be.
pool_state& pool_of(const thread_local_state& t);

// `call` names what was called, without arguments.
[[noreturn]] void throw_pool_stopped(const pool_state& pool, const char* call);

// Takes a slot in the pool for this thread, and releases it.
participant_state& acquire_guest_slot(pool_state& pool);
void release_guest_slot(participant_state& slot) noexcept;

// Takes and releases a reference to a pool's state, from and to the thread's batch.
void add_cached_ref(pool_state& pool) noexcept;
void release_to_cache(pool_state& pool) noexcept;

// Releases what this thread caches of a pool that ends. The main thread would keep it for good,
// for its thread_exit steps are not taken.
void forget_pool(pool_state& pool) noexcept;

}  // namespace micropool::detail
