// SPDX-License-Identifier: MIT OR Apache-2.0
// Suspending a coroutine: the marks that it sets (J1), and their undoing (J6).
#pragma once

#include <micropool/detail/sched/participant.hpp>

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
        resumed_(std::exchange(parent.runner->resumed, nullptr)),
        fork_scope_(std::exchange(parent.runner->fork_scope, nullptr)) {
    parent.runner->suspending = true;
  }
  // J6: the parent continues on this stack after all.
  void undo() noexcept {
    parent_.detached = was_detached_;
    parent_.runner->suspending = false;
    parent_.runner->resumed = resumed_;
    parent_.runner->fork_scope = fork_scope_;
  }

private:
  frame& parent_;
  bool was_detached_;
  frame* resumed_;
  scope_data* fork_scope_;
};

// For await_suspend: suspends the parent, then calls `ended`, which makes it possible for other
// threads to resume the parent unless it returns true: that all that the parent waits for has
// ended. Then the parent continues, and this returns false.
template <class Ended>
bool suspend_unless(frame& parent, Ended&& ended) noexcept {
  suspension s(parent);
  // LAST TOUCH: unless this is true the parent may run elsewhere, or have ended.
  if (!ended()) return true;
  s.undo();
  return false;
}

}  // namespace micropool::detail
