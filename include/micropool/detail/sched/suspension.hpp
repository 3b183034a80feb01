// SPDX-License-Identifier: MIT OR Apache-2.0
// J1 and J6: what a coroutine marks when it suspends, and how that is undone.
#pragma once

#include <micropool/detail/sched/participant.hpp>

#include <utility>

namespace micropool::detail {

// Marks the parent as suspended, for an awaiter whose parent others may resume from now on.
// What still runs on this stack (a foreign await_suspend, say) no longer runs for the parent, so
// the right to fork into the deque ends as well.
class suspension {
public:
  explicit suspension(frame& parent) noexcept
      : parent_(parent),
        was_detached_(std::exchange(parent.detached, true)),
        resumed_(std::exchange(parent.runner->resumed, nullptr)),
        fork_scope_(std::exchange(parent.runner->fork_scope, nullptr)) {
    parent.runner->unwinding = true;
  }
  // J6: it did not come to that.
  void undo() noexcept {
    parent_.detached = was_detached_;
    parent_.runner->unwinding = false;
    parent_.runner->resumed = resumed_;
    parent_.runner->fork_scope = fork_scope_;
  }

private:
  frame& parent_;
  bool was_detached_;
  frame* resumed_;
  scope_data* fork_scope_;
};

}  // namespace micropool::detail
