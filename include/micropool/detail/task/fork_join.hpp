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
#include <micropool/detail/sched/suspension.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace micropool::detail {

// Runs `child` as a nested call. True if it ended, false if it suspended (J2).
inline bool run_inline(frame& child, participant& p) noexcept {
  child.runner = &p;
  child.handle().resume();
  return !p.unwinding;
}

// Too deep to nest: the bottom loop will start the child, once everything above has returned.
inline void defer(frame& child, participant& p) noexcept {
  child.detached = true;
  p.next = &child;
}

// Awaitable and awaiter in one, so that it is built once, in the parent's frame. It can be moved
// until it is awaited; it is awaited once, as an rvalue, by a task. The handle that the coroutine
// gets is there because g++ 12 copies an awaiter that await_transform returns by reference.
// Children: size(), frame_of(i), start(), results(). They own the frames until these are started;
// from then on a frame destroys itself, and its result is in the children's slots.
template <class Children>
class [[nodiscard("joined tasks do nothing until the join is awaited")]] fork_join : completion {
public:
  template <class... Args>
  explicit fork_join(std::in_place_t, Args&&... args)
      : fork_join(Children(std::forward<Args>(args)...)) {}
  fork_join(fork_join&& other) noexcept : fork_join(std::move(other.children_)) {}

  struct awaiter {
    fork_join& join;
    bool await_ready() noexcept { return join.run_children(); }
    bool await_suspend(std::coroutine_handle<>) noexcept { return join.suspend(); }
    decltype(auto) await_resume() { return join.children_.results(); }
  };
  awaiter awaiter_in(frame& parent) && noexcept {
    parent_ = &parent;
    return {*this};
  }

private:
  // True if all have ended inline.
  bool run_children() noexcept {
    participant& p = *parent_->runner;
    inbox* const home = parent_->home;
    const std::size_t n = children_.size();
    if (n == 0) return true;
    children_.start();
    for (std::size_t i = n; i-- > 1;) p.push(prepare(i, home));
    frame& first = prepare(0, home);
    if (p.is_deep()) [[unlikely]] {
      defer(first, p);
      return stop_at(0);
    }
    if (!run_inline(first, p)) [[unlikely]] return stop_at(0);
    for (std::size_t i = 1; i < n; ++i) {
      // What is stolen is the oldest; if ours is gone, so are all that are left.
      job* mine = p.jobs.pop();
      if (mine == nullptr) [[unlikely]] return stop_at(i);
      if (p.gives_way && foreground_waits(p)) [[unlikely]] {
        p.push(*mine);  // J5: the loop at the bottom puts it where others find it
        return stop_at(i);
      }
      MICROPOOL_ASSERT(mine == &children_.frame_of(i),
                       "none: this is a defect of micropool, please report it");
      if (!run_inline(children_.frame_of(i), p)) [[unlikely]] return stop_at(i);
    }
    return true;
  }

  // True if the parent is suspended.
  bool suspend() noexcept {
    suspension s(*parent_);
    // LAST TOUCH: after a false return the parent may run elsewhere, or have ended.
    if (!tokens.give_back(1 + static_cast<std::int64_t>(ended_inline_))) return true;
    s.undo();
    return false;
  }

  explicit fork_join(Children&& children) noexcept
      : completion(static_cast<std::int64_t>(children.size()) + 1, &child_ended),
        children_(std::move(children)) {}

  bool stop_at(std::size_t ended) noexcept {
    ended_inline_ = ended;
    return false;
  }

  frame& prepare(std::size_t i, inbox* home) noexcept {
    frame& child = children_.frame_of(i);
    child.up = this;
    child.home = home;
    return child;
  }

  static void child_ended(completion& c, participant& p) noexcept {
    auto& self = static_cast<fork_join&>(c);
    // LAST TOUCH: unless this was the last token the join may be gone.
    if (self.tokens.give_back()) resume_parent(*self.parent_, p);
  }

  frame* parent_;             // set when awaited
  std::size_t ended_inline_;  // set when not all have ended inline
  Children children_;
};

}  // namespace micropool::detail
