// SPDX-License-Identifier: MIT OR Apache-2.0
// Plain code on a stack of its own, and the coroutine that drives it: its host. It knows nothing of
// the scheduler; what the code waits for is awaited by the host.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/work/frame.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>

namespace micropool::detail {

// What a fiber waits for: an awaiter of its host, whose type is forgotten. Lives on the fiber's
// stack.
// Both are called on the stack of the thread, after the fiber has been left.
struct fiber_wait {
  using is_over = bool (*)(fiber_wait&, frame& host) noexcept;
  using begin = std::coroutine_handle<> (*)(fiber_wait&, frame& host) noexcept;

  is_over ready;
  // LAST TOUCH: after this the fiber may run elsewhere, unless the host's own handle comes back.
  begin suspend;
};

// A body and its stack. Belongs to the host, and like it to one thread at a time; the engine orders
// whoever resumes the host after whoever ran it before, so nothing here is atomic.
//
//   new --run()--> running --wait()--> waiting --run()--> running ... --the body returns--> ended
//
// F1  A fiber is entered by its host and left to it, on the same thread. So it changes its thread
//     only while it waits, and only because its host does.
// F2  Only plain code runs on its stack, unless it calls a pool without workers, or ends one.
//     Coroutines, jobs and loops that run jobs do so on the stack of the thread: what they keep
//     about their participant is never carried to another one.
class MICROPOOL_API fiber {
public:
  using body = void (*)(void* argument) noexcept;

  // Takes a stack. Throws std::system_error. The argument and the host must outlive the fiber.
  fiber(frame& of, std::size_t stack_size, body run, void* argument, std::source_location made_at);
  // New or ended.
  ~fiber();
  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;

  // Host: enters the fiber. True if the body has ended, false if it waits.
  bool run() noexcept;
  // Host: what it waits for.
  fiber_wait& wanted() const noexcept { return *wanted_; }

  // Host, before the fiber may go on on another thread: ends the program with a message if the
  // fiber holds a lock, where that is known (held_locks.hpp).
  void require_no_lock() const noexcept;

  // Fiber: leaves it until the host has found that the wait is over. The host may be on another
  // thread then, and so is the caller.
  void wait(fiber_wait& w) noexcept;

  frame& host;
  // How often the host has truly suspended, that is, may have come to another participant.
  std::uint64_t departures = 0;

private:
  struct context;

  fiber_wait* wanted_ = nullptr;
  context* const context_;  // at the top of its own stack
};

}  // namespace micropool::detail
