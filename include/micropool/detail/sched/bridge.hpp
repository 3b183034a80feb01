// SPDX-License-Identifier: MIT OR Apache-2.0
// bridge: the coroutine whose handle a foreign awaitable gets instead of the awaiting one's.
#pragma once

#include <micropool/detail/base/call_site.hpp>
#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/work/frame.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <string_view>

namespace micropool::detail {

// A frame that waits for a foreign awaitable.
struct foreign_wait {
  frame& parent;
  bool abandoned = false;  // the foreign side has destroyed the handle instead of resuming it
};

// Throws operation_abandoned, in a parent whose wait has been abandoned. The text names the type of
// the awaitable and the line of the co_await.
[[noreturn]] MICROPOOL_API MICROPOOL_COLD void throw_abandoned(std::string_view awaitable,
                                                               call_site at);

// A coroutine that only posts the parent to its home inbox, so that the parent resumes on its own
// pool, whichever thread completes the wait. The foreign side must either resume or destroy the
// handle, once. Either ends the bridge. If it is destroyed, the parent is not posted but resumed
// here, as a visitor of its pool: as with any coroutine, what the frame holds, above all the
// awaitable's own awaiter, ends before destroy() returns and so before what it refers to.
//
// The bridge's memory has two holders, the coroutine and the caller of await_suspend; the second to
// release it frees it. A foreign thread may end the coroutine before await_suspend has returned. If
// that freed the memory, the next bridge could have the same address, and a handle of that bridge
// which await_suspend returns would be taken for the handle of this one.
class MICROPOOL_API bridge {
  struct block;

public:
  class MICROPOOL_API promise_type {
  public:
    explicit promise_type(foreign_wait& w) noexcept : wait_(&w) {}
    promise_type(const promise_type&) = delete;
    promise_type& operator=(const promise_type&) = delete;
    ~promise_type();

    bridge get_return_object() noexcept;
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept;
    void unhandled_exception() noexcept { std::terminate(); }

    static void* operator new(std::size_t n, foreign_wait& w);
    static void operator delete(void* memory, std::size_t n) noexcept;

  private:
    friend bridge;

    foreign_wait* wait_;
  };

  // Throws std::bad_alloc. Defined in the library: a compiler that sees both creation and end may
  // elide the allocation (clang does), and with it the block that precedes the frame.
  static bridge to(foreign_wait& w);

  std::coroutine_handle<promise_type> handle() const noexcept { return handle_; }

  // The caller of await_suspend must call exactly one of these two, once.
  // let_go(): the parent stays suspended.
  void let_go() const noexcept;
  // take_back(): the parent continues without having suspended. Returns false if the handle has
  // already been resumed or destroyed; then the parent stays suspended.
  bool take_back() const noexcept;

private:
  explicit bridge(std::coroutine_handle<promise_type> h) noexcept;

  std::coroutine_handle<promise_type> handle_;
  block* block_;
};

}  // namespace micropool::detail
