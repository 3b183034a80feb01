// SPDX-License-Identifier: MIT OR Apache-2.0
// How a coroutine runs children and goes on when all have ended: protocol J1 to J6 of
// docs/architecture.md. Awaiting a task is the case of one child.
//
//   J1  A participant's `unwinding` is set by whoever truly suspends; every loop that runs jobs
//       clears it.
//   J2  After a nested resume: clear means that the child has ended, and its result may be read;
//       set means that it has not, and the parent must suspend too.
//   J3  A child that has suspended once, or was run from a deque, is detached and ends by giving
//       its token back. An inline child touches no counter.
//   J4  One token per child and one for the parent. A parent that suspends returns its own and
//       those of children that ended inline. Whoever returns the last resumes the parent.
//   J5  Branches still in the deque stay there: the bottom loop or a thief runs them, detached.
//   J6  If returning tokens shows that all has ended, the parent goes on on the same stack, and is
//       no more detached or unwinding than it was before.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace micropool::detail {

// Marks the parent as suspended, for an awaiter whose parent others may resume from now on.
class suspension {
public:
  explicit suspension(frame& parent) noexcept
      : parent_(parent), was_detached_(std::exchange(parent.detached, true)) {
    parent.runner->unwinding = true;
  }
  // J6: it did not come to that.
  void undo() noexcept {
    parent_.detached = was_detached_;
    parent_.runner->unwinding = false;
  }

private:
  frame& parent_;
  bool was_detached_;
};

struct join_completion : completion {
  join_completion(frame& p, std::size_t children) noexcept
      : completion(static_cast<std::int64_t>(children) + 1, &child_ended), parent(p) {}

  static void child_ended(completion& c, frame&, participant& p) noexcept {
    auto& self = static_cast<join_completion&>(c);
    // LAST TOUCH: unless this was the last token the join may be gone.
    if (self.tokens.give_back()) resume_parent(self.parent, p);
  }

  frame& parent;
};

// Runs `child` as a nested call. True if it ended, false if it suspended (J2).
inline bool run_inline(frame& child, participant& p) noexcept {
  child.runner = &p;
  child.self.resume();
  return !p.unwinding;
}

// Children: size(), frame_of(i), results(); owns the frames.
template <class Children>
class fork_join_awaiter {
public:
  fork_join_awaiter(frame& parent, Children&& children)
      : join_(parent, children.size()), children_(std::move(children)) {}

  bool await_ready() noexcept {
    participant& p = *join_.parent.runner;
    const std::size_t n = children_.size();
    if (n == 0) return true;
    for (std::size_t i = n; i-- > 1;) {
      frame& child = prepare(i);
      p.push(child);
    }
    frame& first = prepare(0);
    if (p.is_deep()) [[unlikely]] {
      deferred_ = &first;
      return false;
    }
    if (!run_inline(first, p)) return false;
    for (ended_inline_ = 1; ended_inline_ < n; ++ended_inline_) {
      // What is stolen is the oldest; if ours is gone, so are all that are left.
      auto* child = static_cast<frame*>(p.jobs.pop());
      if (child == nullptr || !run_inline(*child, p)) return false;
    }
    return true;
  }

  bool await_suspend(std::coroutine_handle<>) noexcept {
    participant& p = *join_.parent.runner;
    suspension s(join_.parent);
    if (deferred_ != nullptr) {
      deferred_->detached = true;
      p.next = deferred_;
    }
    // LAST TOUCH: after a false return the parent may run elsewhere, or have ended.
    if (!join_.tokens.give_back(1 + static_cast<std::int64_t>(ended_inline_))) return true;
    s.undo();
    return false;
  }

  decltype(auto) await_resume() { return children_.results(); }

private:
  frame& prepare(std::size_t i) noexcept {
    frame& child = children_.frame_of(i);
    child.up = &join_;
    child.home = join_.parent.home;
    return child;
  }

  join_completion join_;
  std::size_t ended_inline_ = 0;
  frame* deferred_ = nullptr;
  Children children_;
};

}  // namespace micropool::detail
