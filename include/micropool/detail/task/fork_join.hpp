// SPDX-License-Identifier: MIT OR Apache-2.0
// fork_join: a coroutine runs children and resumes when all have ended, by the protocol J1 to J6 of
// docs/architecture.md; and the children of join() and join_all(). Awaiting a task is the case of
// one child (await_one.hpp).
#pragma once

#include <micropool/detail/base/passkey.hpp>
#include <micropool/detail/sched/suspension.hpp>
#include <micropool/detail/task/promise.hpp>
#include <micropool/detail/task/result.hpp>
#include <micropool/error.hpp>

#include <array>
#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

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

// J4: counts the outstanding children of an awaited join, one token per child and one for the
// parent. (A scope counts its children in its scope_control, which outlives it.)
class token_counter {
public:
  explicit token_counter(std::int64_t tokens) noexcept : tokens_(tokens) {}

  // Returns n tokens. The result is true if they were the last ones.
  // LAST TOUCH: after a false return the counter and the frame it lives in may be gone.
  bool arrive(std::int64_t n = 1) noexcept {
    // [acq_rel: join.end] what each part wrote is visible to the thread that returns the last
    // token.
    return tokens_.fetch_sub(n, std::memory_order_acq_rel) == n;
  }

private:
  std::atomic<std::int64_t> tokens_;
};

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
      return tokens_.arrive(1 + static_cast<std::int64_t>(ended_inline_));
    });
  }

  explicit fork_join(Children&& children) noexcept
      : completion(&child_ended),
        tokens_(static_cast<std::int64_t>(children.size()) + 1),
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
    if (self.tokens_.arrive()) resume_parent(*self.parent_, p);
  }

  token_counter tokens_;
  frame* parent_;             // set when the join is awaited
  std::size_t ended_inline_;  // set if not all children have ended inline
  Children children_;
};

template <class... Ts>
class child_pack {
public:
  explicit child_pack(task<Ts>&&... tasks) {
    (tasks.promise(passkey(), "micropool::join()"),
     ...);  // an empty task is reported before any is released
    frames_ = {&tasks.release(passkey(), "micropool::join()")...};
  }
  child_pack(child_pack&& other) noexcept
      : frames_(other.frames_), started_(std::exchange(other.started_, true)) {}
  child_pack& operator=(child_pack&&) = delete;
  ~child_pack() {
    if (started_) return;
    for (frame* f : frames_) f->handle().destroy();
  }

  // Returns true if the join was awaited or moved from.
  bool spent() const noexcept { return started_; }
  static constexpr std::size_t size() noexcept { return sizeof...(Ts); }
  frame& frame_of(std::size_t i) noexcept { return *frames_[i]; }

  void start() noexcept {
    started_ = true;
    [this]<std::size_t... I>(std::index_sequence<I...>) {
      (static_cast<task_promise<Ts>&>(*frames_[I]).deliver_to(&std::get<I>(slots_)), ...);
    }(std::index_sequence_for<Ts...>{});
  }

  auto results() {
    return std::apply([](auto&... s) { return results_of(s...); }, slots_);
  }

private:
  std::array<frame*, sizeof...(Ts)> frames_{};
  bool started_ = false;
  std::tuple<slot<Ts>...> slots_;
};

template <class T>
class child_list {
public:
  explicit child_list(std::vector<task<T>>&& tasks) : tasks_(std::move(tasks)) {
    frames_.reserve(tasks_.size());
    for (auto& t : tasks_) frames_.push_back(&t.promise(passkey(), "micropool::join_all()"));
  }

  // Returns true if the join was moved from or awaited. An empty list may be awaited again.
  bool spent() const noexcept { return slots_ == nullptr || (!tasks_.empty() && !tasks_.front()); }
  std::size_t size() const noexcept { return frames_.size(); }
  frame& frame_of(std::size_t i) noexcept { return *frames_[i]; }

  void start() noexcept {
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      tasks_[i].release(passkey(), "micropool::join_all()").deliver_to(&slots_[i]);
    }
  }

  auto results() {
    return results_of_all<T>(std::span(slots_.get(), frames_.size()), std::identity());
  }

private:
  std::vector<task<T>> tasks_;
  std::vector<task_promise<T>*> frames_;
  std::unique_ptr<slot<T>[]> slots_ = std::make_unique<slot<T>[]>(tasks_.size());
};

template <class... Ts>
auto join_awaitable(task<Ts>&&... tasks) {
  return fork_join<child_pack<Ts...>>(std::in_place, std::move(tasks)...);
}
template <class T>
auto join_all_awaitable(std::vector<task<T>>&& tasks) {
  return fork_join<child_list<T>>(std::in_place, std::move(tasks));
}

}  // namespace micropool::detail
