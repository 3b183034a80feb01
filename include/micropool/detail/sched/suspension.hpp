// SPDX-License-Identifier: MIT OR Apache-2.0
// How a parent suspends and is resumed: what it notes at the bottom (J1), the undoing of that (J6),
// and what the end of its last child does (J4).
#pragma once

#include <micropool/detail/sched/scheduler.hpp>

#include <utility>

namespace micropool::detail {

// Marks the parent as suspended. An awaiter makes one before it lets other threads resume the
// parent. Code that still runs on this stack, such as a foreign await_suspend, no longer runs on
// behalf of the parent, so the right to push scope children to the deque ends as well.
class suspension {
public:
  explicit suspension(frame& parent) noexcept
      : parent_(parent),
        was_detached_(std::exchange(parent.detached, true)),
        resumed_(std::exchange(run().resumed, nullptr)),
        fork_scope_(std::exchange(run().fork_scope, nullptr)) {
    run().suspending = true;
  }
  // J6: the parent continues on this stack after all.
  void undo() noexcept {
    parent_.detached = was_detached_;
    run().suspending = false;
    run().resumed = resumed_;
    run().fork_scope = fork_scope_;
  }

private:
  run_state& run() noexcept { return parent_.runner->run; }

  frame& parent_;
  bool was_detached_;
  frame* resumed_;
  scope_data* fork_scope_;
};

// For await_suspend: marks the parent as suspended and calls `ended`. If that returns false, other
// threads may resume the parent from then on. If it returns true, all that the parent waits for has
// ended already: the parent continues, and this returns false.
template <class Ended>
bool suspend_unless(frame& parent, Ended&& ended) noexcept {
  suspension s(parent);
  // LAST TOUCH: unless this is true the parent may run elsewhere, or have ended.
  if (!ended()) return true;
  s.undo();
  return false;
}

// Resumes a parent whose children have all ended: on this thread if that belongs to the parent's
// pool, otherwise through the parent's home inbox.
inline void resume_parent(frame& parent, participant& p) noexcept {
  if (parent.home->pool == p.pool) [[likely]] {
    p.run.next = &parent;
  } else {
    post(*parent.home, parent);
  }
}

}  // namespace micropool::detail
