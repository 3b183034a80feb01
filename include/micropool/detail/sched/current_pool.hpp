// SPDX-License-Identifier: MIT OR Apache-2.0
// Which pool is current on this thread.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/sched/lodging.hpp>

namespace micropool::detail {

// Makes a pool current for a stretch of code; nests. A fiber goes over to the pool, and back in the
// end, since what belongs to a thread must not outlast a switch; to a pool without workers, which
// have nobody to go on with it, it does not go, and blocks its thread there.
class MICROPOOL_API pool_installation {
public:
  // Throws pool_stopped, unless the caller takes part in the pool already; and in a fiber
  // std::bad_alloc. A fiber may come to the pool of its own call or task even if that shuts down.
  explicit pool_installation(pool_state& pool);
  ~pool_installation();
  pool_installation(const pool_installation&) = delete;
  pool_installation& operator=(const pool_installation&) = delete;

private:
  fiber* fiber_;
  lodging before_;  // of a fiber that has gone over
  participant* participant_before_;
  pool_state* installed_before_;
};

}  // namespace micropool::detail
