// SPDX-License-Identifier: MIT OR Apache-2.0
// frame: the part of a coroutine's promise that the scheduler knows. completion: the object to
// which a child reports its end.
#pragma once

#include <micropool/detail/base/call_site.hpp>
#include <micropool/detail/work/job.hpp>

#include <coroutine>
#include <cstdint>

namespace micropool::detail {

struct frame;

// Receives the end of children that end detached (J3). One per join, scope or synchronous wait.
struct completion {
  using end_of_child = void (*)(completion&, participant&) noexcept;

  explicit completion(end_of_child on_end) noexcept : ended(on_end) {}

  end_of_child ended;
};

// A coroutine as a job.
// J3: a frame that has suspended once, or was run from a deque or inbox, is detached: it ends by
// reporting to `up`. An inline frame does not report; the parent that has resumed it finds the
// result on return.
// A frame stores its result in its parent's slot and then destroys itself.
// A field may be written only by the thread that is about to run or publish the frame; publication
// through a deque, an inbox or a completion orders the writers. Fields without an initializer are
// set when the frame is first run or published: every store counts, for each fork makes two frames.
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
  bool is_migrant = false;  // G1: its pool counts it as a migrant; only if it is detached
  [[no_unique_address]] call_site body;     // where the coroutine is defined
  [[no_unique_address]] call_site waits_at;  // its newest co_await, or the newest wait of its fiber
};

}  // namespace micropool::detail
