// SPDX-License-Identifier: MIT OR Apache-2.0
// The system calls of the scheduler: a parker, on which a thread sleeps until another wakes it,
// and an asymmetric fence, which one side pays for alone.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace micropool::detail {

// The token of one thread: the owner parks, any thread unparks. The naive protocol, a flag and a
// sleep, loses the wake-up that comes between reading the flag and falling asleep. Here an unpark
// before the park is remembered; several count as one. A park may return for an unpark that was
// meant for an earlier one, so callers must check again what they wait for.
class parker {
public:
  void park() noexcept;
  void unpark() noexcept;

private:
  enum : std::uint32_t { idle, notified, parked };
  // idle: no thread sleeps; notified: the next park returns at once; parked: the owner sleeps.
  std::atomic<std::uint32_t> state_{idle};
};

// Sleeps while the word has this value, until woken or until the time is over. May return early.
void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t value,
                 std::chrono::nanoseconds at_most) noexcept;
// Wakes all threads that sleep there.
void wake_all(std::atomic<std::uint32_t>& word) noexcept;

// The heavy side of an asymmetric fence (P1202; Linux membarrier(2), PRIVATE_EXPEDITED): every
// thread of the process executes a full fence somewhere between the call's beginning and its end,
// so that the fast path of the other side needs none.
void heavy_fence() noexcept;

// Returns true if the kernel offers that. If not, the fast path pays for its own fence (S4).
bool heavy_fence_works() noexcept;

}  // namespace micropool::detail
