// SPDX-License-Identifier: MIT OR Apache-2.0
// fiber: plain code on a stack of its own, driven by a coroutine, its host. Independent of the
// scheduler: the host awaits what the code waits for.
#pragma once

#include <micropool/detail/base/macros.hpp>
#include <micropool/detail/work/frame.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <source_location>

namespace micropool::detail {

struct fiber_context;

// What a fiber waits for: a type-erased awaiter of its host. Lives on the fiber's stack. Both
// functions are called on the stack of the thread, after the fiber has been left.
struct fiber_wait {
  using is_over = bool (*)(fiber_wait&, frame& host) noexcept;
  using begin = std::coroutine_handle<> (*)(fiber_wait&, frame& host) noexcept;

  is_over ready;
  // Returns the coroutine to run next on this thread, or null if the host continues instead of
  // suspending. Null rather than the host's own handle, because the host may be gone by then, and
  // its address may be that of another coroutine.
  // LAST TOUCH: after this the fiber may run elsewhere, unless null is returned.
  begin suspend;
};

// A body and its stack. Belongs to the host, and like the host to one thread at a time. The
// scheduler orders each resumption of the host after its previous run, so nothing here is atomic.
//
//   new --run()--> running --wait()--> waiting --run()--> running ... --the body returns--> ended
//
// X1  A fiber is entered by its host and left to its host, on the same thread. So it changes
//     threads only while it waits, and only because its host does.
// X2  A fiber's stack runs only the user's plain code. Coroutines, jobs and loops that run jobs run
//     on the stacks of threads, so what they know about their participant never migrates.
//     Exceptions: calls on a pool without workers, and the shutdown of a pool.
class MICROPOOL_API fiber {
public:
  using body = void (*)(void* argument) noexcept;

  // Takes a stack from the store; throws std::system_error if there is none. The argument and the
  // host must outlive the fiber.
  fiber(frame& of, std::size_t stack_size, body run, void* argument, std::source_location made_at);
  // The fiber must be new or ended.
  ~fiber();
  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;

  // Host: enters the fiber. Returns true if the body has ended, false if it waits.
  bool run() noexcept;
  // Host: returns what the fiber waits for.
  fiber_wait& wanted() const noexcept { return *wanted_; }

  // Host, before the fiber may resume on another thread: terminates the program with a message if
  // the fiber holds a lock, where that can be detected (held_locks.hpp).
  void require_no_lock() const noexcept;

  // Fiber: leaves the fiber until the host has found that the wait is over. The caller may be on
  // another thread when this returns.
  void wait(fiber_wait& w) noexcept;

  frame& host;
  // How often the host has truly suspended, and so may have migrated to another participant.
  std::uint64_t departures = 0;

private:
  fiber_wait* wanted_ = nullptr;
  fiber_context* const context_;  // at the top of its own stack
};

}  // namespace micropool::detail
