// SPDX-License-Identifier: MIT OR Apache-2.0
// The part of a coroutine's promise that the scheduler knows, and the end of an awaited child.
#pragma once

#include <micropool/detail/sync/token_counter.hpp>
#include <micropool/detail/work/job.hpp>

#include <coroutine>
#include <cstdint>

namespace micropool::detail {

struct frame;

// What a child reports to when it ends detached (J3). One per join, scope or synchronous wait.
struct completion {
  using end_of_child = void (*)(completion&, participant&) noexcept;

  completion(std::int64_t parts, end_of_child on_end) noexcept : tokens(parts), ended(on_end) {}

  token_counter tokens;
  end_of_child ended;
};

// A coroutine as a job.
// J3: a frame that has suspended once, or was run from a deque or inbox, is detached: it ends by
// reporting to `up`. An inline frame never does; whoever resumed it finds its result on return.
// A frame destroys itself when it ends. It leaves its result with its parent before.
// The fields are written by whoever is about to run the frame; publication through a deque, an
// inbox or a completion orders the writers. Those without an initial value are set by whoever first
// runs or publishes the frame: two frames per fork make every store count.
struct frame : job {
  frame() noexcept : job(nullptr) {}
  frame(const frame&) = delete;
  frame& operator=(const frame&) = delete;

  // Every promise that derives from a frame begins with it and is aligned like it (task_promise
  // checks that), so the handle need not be stored.
  std::coroutine_handle<> handle() noexcept {
    return std::coroutine_handle<frame>::from_promise(*this);
  }

  participant* runner;  // valid while the coroutine runs
  completion* up;
  std::uint64_t number;  // its place among the children of a scope
  bool detached = false;
  bool lodges = false;  // G1: its pool counts it; only a detached frame does
};

}  // namespace micropool::detail
