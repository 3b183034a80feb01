// SPDX-License-Identifier: MIT OR Apache-2.0
// Coroutines that go over to another pool, and how a pool that shuts down knows of them.
//
// A call or a background task has a pool of its own, which waits for it. Everywhere else its
// coroutines are lodgers:
//   G1  A coroutine that has gone over to a pool which is not its group's own is counted there until
//       it goes elsewhere or has ended. Children inherit its pool, and need no count of their own
//       while it waits for them there (kept_place).
//   G2  It is counted before it goes. So a pool that has begun to shut down refuses it, or waits
//       for it.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>

#include <utility>

namespace micropool::detail {

// Where a coroutine goes on, and whether it is counted there.
struct lodging {
  inbox* at;
  bool counted;
};

// A place for the frame on `pool`, where it is counted from now on (G2). Throws pool_stopped and
// std::bad_alloc.
MICROPOOL_API lodging lodge(const frame& f, pool_state& pool);

// Suspends the frame, which goes on at `there`, and gives up the place where it lodges at present.
// LAST TOUCH: the frame may run elsewhere, or be gone, when this returns.
MICROPOOL_API void go_over(frame& f, lodging there) noexcept;

// Of a frame that opens something here whose end it waits for wherever it may be then: keeps its
// place, if it lodges here, until that end.
class kept_place {
public:
  explicit kept_place(frame& f) noexcept
      : of_(f), at_{f.home, std::exchange(f.lodges, false)} {}
  ~kept_place() {
    if (!at_.counted) return;
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
