// SPDX-License-Identifier: MIT OR Apache-2.0
// Migration of coroutines to other pools, and the count by which a pool knows at shutdown that such
// coroutines are still there.
//
// A call or background task belongs to one pool, which waits for it. On every other pool its
// coroutines are lodgers:
//   G1  A coroutine that has migrated to a pool which is not its group's own is counted there until
//       it migrates elsewhere or ends. Its children inherit the pool, and need no count of their
//       own while the coroutine keeps its place to wait for them (kept_place).
//   G2  The coroutine is counted before it migrates. So a pool that has begun to shut down either
//       refuses it or waits for it.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>

#include <utility>

namespace micropool::detail {

// The inbox in which a coroutine resumes, and whether the coroutine is counted on that pool.
struct lodging {
  inbox* at;
  bool counted;
};

// Reserves a place for the frame on `pool`, which counts it from now on unless the pool is its
// group's own (G2). Throws pool_stopped and std::bad_alloc.
MICROPOOL_API lodging lodge(const frame& f, pool_state& pool);

// Suspends the frame, migrates it to `there`, and releases its place on the pool that it leaves.
// LAST TOUCH: the frame may run elsewhere, or be gone, when this returns.
MICROPOOL_API void go_over(frame& f, lodging there) noexcept;

// Keeps a migrated frame counted on this pool for the lifetime of a join or scope that it opens
// here, even if the frame itself migrates again before it awaits the end.
class kept_place {
public:
  explicit kept_place(frame& f) noexcept
      : of_(f), at_{f.home, std::exchange(f.lodges, false)} {}
  ~kept_place() {
    if (!at_.counted) return;
    // A frame that is still here, or back, without a count of its own takes this one back.
    if (of_.home == at_.at && !of_.lodges) {
      of_.lodges = true;
    } else {
      give_up_lodging(*at_.at->pool);
    }
  }
  kept_place(const kept_place&) = delete;
  kept_place& operator=(const kept_place&) = delete;

private:
  frame& of_;
  const lodging at_;
};

}  // namespace micropool::detail
