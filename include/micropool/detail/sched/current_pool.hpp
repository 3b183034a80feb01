// SPDX-License-Identifier: MIT OR Apache-2.0
// pool_installation: makes a pool the current one for a scope of code.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/sched/migration.hpp>

namespace micropool::detail {

// Makes a pool current until it is destroyed; may be nested. In a fiber, migrates the fiber to the
// pool, and back on destruction, because thread-bound state must not survive a context switch. A
// pool without workers could never resume the fiber, so there the fiber does not migrate, and its
// calls block the thread instead.
class MICROPOOL_API pool_installation {
public:
  // Throws pool_stopped, unless the caller takes part in the pool already, and std::bad_alloc in a
  // fiber. A fiber may return to the pool of its own call or task even while that shuts down.
  explicit pool_installation(pool_state& pool);
  ~pool_installation();
  pool_installation(const pool_installation&) = delete;
  pool_installation& operator=(const pool_installation&) = delete;

private:
  fiber* fiber_;
  migration before_;  // where a migrated fiber returns to
  participant* participant_before_;
  pool_state* installed_before_;
};

}  // namespace micropool::detail
