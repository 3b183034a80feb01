// SPDX-License-Identifier: MIT OR Apache-2.0
// All pools of this process, for a thread that blocks for the sake of tasks on any of them.
#pragma once

namespace micropool::detail {

struct pool_state;

// Links of the list; guarded by its lock.
struct pool_links {
  pool_state* prev = nullptr;
  pool_state* next = nullptr;
};

void add_to_all_pools(pool_state& pool) noexcept;
void remove_from_all_pools(pool_state& pool) noexcept;

// Calls f(pool) for each pool except `but`, until it returns true. f is called under the lock of
// the list, so it must not run a job. Does not lock while there is only one pool.
bool any_other_pool(const pool_state& but, bool (*f)(pool_state&, const void*),
                    const void* argument) noexcept;

// For fork(), which holds the lock meanwhile.
void lock_all_pools() noexcept;
void unlock_all_pools() noexcept;
// The list itself. Requires the lock, or that no other thread exists.
pool_state* first_pool() noexcept;

template <class F>
bool any_other_pool(const pool_state& but, const F& f) noexcept {
  return any_other_pool(
      but, [](pool_state& p, const void* g) { return (*static_cast<const F*>(g))(p); }, &f);
}

}  // namespace micropool::detail
