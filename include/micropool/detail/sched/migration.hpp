// SPDX-License-Identifier: MIT OR Apache-2.0
// Migration of coroutines to other pools, and the count by which a pool knows at shutdown that such
// coroutines are still there.
//
// A call or background task belongs to one pool, which waits for it. On every other pool its
// coroutines are migrants:
//   G1  A coroutine that has migrated to a pool which is not its group's own is counted there until
//       it migrates elsewhere or ends. Its children inherit the pool, and need no count of their
//       own while the coroutine keeps its place to wait for them (migration_hold).
//   G2  The coroutine is counted before it migrates. So a pool that has begun to shut down either
//       refuses it or waits for it.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>

#include <utility>

namespace micropool::detail {

// The inbox in which a coroutine resumes, and whether the coroutine is counted on that pool.
struct migration {
  inbox* at;
  bool counted;
};

// Reserves a place for the frame on `pool`, which counts it from now on unless the pool is its
// group's own (G2). Throws pool_stopped and std::bad_alloc.
MICROPOOL_API migration reserve_on(const frame& f, pool_state& pool);

// Suspends the frame, migrates it to `there`, and releases its place on the pool that it leaves.
// LAST TOUCH: the frame may run elsewhere, or be gone, when this returns.
MICROPOOL_API void migrate(frame& f, migration there) noexcept;

// Keeps a migrated frame counted on this pool for the lifetime of a join or scope that it opens
// here, even if the frame itself migrates again before it awaits the end.
class migration_hold {
public:
  explicit migration_hold(frame& f) noexcept
      : of_(f), at_{f.home, std::exchange(f.is_migrant, false)} {}
  ~migration_hold() {
    if (!at_.counted) return;
    // A frame that is still here, or back, without a count of its own takes this one back.
    if (of_.home == at_.at && !of_.is_migrant) {
      of_.is_migrant = true;
    } else {
      release_reservation(*at_.at->pool);
    }
  }
  migration_hold(const migration_hold&) = delete;
  migration_hold& operator=(const migration_hold&) = delete;

private:
  frame& of_;
  const migration at_;
};

}  // namespace micropool::detail
