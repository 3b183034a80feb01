// SPDX-License-Identifier: MIT OR Apache-2.0
// The pools of this process, for a thread that blocks for the sake of tasks which may be anywhere.
#pragma once

#include <atomic>
#include <cstdint>

namespace micropool::detail {

struct pool_state;

// Links of the list; guarded by its lock.
struct pool_links {
  pool_state* before = nullptr;
  pool_state* after = nullptr;
};

void add_to_all_pools(pool_state& pool) noexcept;
void remove_from_all_pools(pool_state& pool) noexcept;

// Calls f(pool) for each pool but one, until it returns true. Under the lock of the list, so f must
// not run anything. Free while there is but one pool.
bool any_other_pool(const pool_state& but, bool (*f)(pool_state&, const void*),
                    const void* argument) noexcept;

template <class F>
bool any_other_pool(const pool_state& but, const F& f) noexcept {
  return any_other_pool(
      but, [](pool_state& p, const void* g) { return (*static_cast<const F*>(g))(p); }, &f);
}

}  // namespace micropool::detail
