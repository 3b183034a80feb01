// SPDX-License-Identifier: MIT OR Apache-2.0
// fork_join: a coroutine runs children and resumes when all have ended, by the protocol J1 to J6 of
// docs/architecture.md. Awaiting a task is the case of one child.
#pragma once

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/detail/sched/suspension.hpp>
#include <micropool/error.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace micropool::detail {

// Runs `child` as a nested call. Returns true if it has ended, false if it has suspended (J2).
inline bool run_inline(frame& child, participant& p) noexcept {
  child.runner = &p;
  child.handle().resume();
  return !p.run.suspending;
}

// For a child that is too deep to nest: the bottom loop starts it, once everything above that has
// returned.
inline void defer(frame& child, participant& p) noexcept {
  child.detached = true;
  p.run.next = &child;
}

// An awaitable that holds the state of its own wait, so that this is built once, in the parent's
// frame. It may be moved until it is awaited, and must be awaited once, as an rvalue, by a task.
// Its awaiter is a separate object with a reference to it, because g++ 12 copies an awaiter that
// await_transform returns by reference.
// Children must have spent(), size(), frame_of(i), start() and results(). They own the frames until
// start(); from then on a frame destroys itself when it ends, and its result is in their slots.
template <class Children>
class [[nodiscard("joined tasks do nothing until the join is awaited")]] fork_join : completion {
public:
  template <class... Args>
  explicit fork_join(std::in_place_t, Args&&... args)
      : fork_join(Children(std::forward<Args>(args)...)) {}
  fork_join(fork_join&& other) noexcept : fork_join(std::move(other.children_)) {}

  struct awaiter {
    fork_join& join;
    bool await_ready() { return join.run_children(); }
    bool await_suspend(std::coroutine_handle<>) noexcept { return join.suspend(); }
    decltype(auto) await_resume() { return join.children_.results(); }
  };
  // Throws empty_handle if the join was awaited before or moved from.
  awaiter awaiter_in(frame& parent) && {
    if (children_.spent()) [[unlikely]] throw_awaited_twice("join() or join_all()");
    parent_ = &parent;
    return {*this};
  }

private:
  // Returns true if all children have ended inline. Throws std::bad_alloc; then none has started.
  bool run_children() {
    participant& p = *parent_->runner;
    inbox* const home = parent_->home;
    const std::size_t n = children_.size();
    if (n == 0) return true;
    if (n > 1) p.reserve(n - 1);
    children_.start();
    // The last child is pushed first, so that they are popped in order.
    for (std::size_t i = n; i-- > 1;) p.push(prepare(i, home));
    frame& first = prepare(0, home);
    if (p.is_deep()) [[unlikely]] {
      defer(first, p);
      return stop_at(0);
    }
    if (!run_inline(first, p)) [[unlikely]] return stop_at(0);
    for (std::size_t i = 1; i < n; ++i) {
      // Thieves take the oldest job, so if this child is gone, so are all later ones.
      job* mine = p.jobs.pop();
      if (mine == nullptr) [[unlikely]] return stop_at(i);
      if (p.run.yields_to_foreground && foreground_waits(p)) [[unlikely]] {
        p.push(*mine);  // J5: the bottom loop moves it to where other threads find it
        return stop_at(i);
      }
      MICROPOOL_ASSERT(mine == &children_.frame_of(i),
                       "none: this is a defect of micropool, please report it");
      if (!run_inline(children_.frame_of(i), p)) [[unlikely]] return stop_at(i);
    }
    return true;
  }

  // Returns true if the parent is suspended.
  bool suspend() noexcept {
    return suspend_unless(*parent_, [this]() noexcept {
      return tokens.arrive(1 + static_cast<std::int64_t>(ended_inline_));
    });
  }

  explicit fork_join(Children&& children) noexcept
      : completion(static_cast<std::int64_t>(children.size()) + 1, &child_ended),
        children_(std::move(children)) {}

  bool stop_at(std::size_t child) noexcept {
    ended_inline_ = child;
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
    if (self.tokens.arrive()) resume_parent(*self.parent_, p);
  }

  frame* parent_;             // set when the join is awaited
  std::size_t ended_inline_;  // set if not all children have ended inline
  Children children_;
};

}  // namespace micropool::detail
