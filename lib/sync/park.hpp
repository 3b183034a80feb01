// SPDX-License-Identifier: MIT OR Apache-2.0
// The only system calls of the scheduler: a thread sleeps, another wakes it, and a fence that one
// side pays for alone.
#pragma once

#include <atomic>
#include <cstdint>

namespace micropool::detail {

// One thread parks, any thread unparks. An unpark before the park is remembered, so no wake-up is
// lost; several count as one. A park may return for an unpark that was meant for an earlier one:
// callers look again at what they wait for.
class parker {
public:
  void park() noexcept;
  void unpark() noexcept;

private:
  enum : std::uint32_t { idle, notified, parked };
  // idle: nobody sleeps; notified: the next park returns at once; parked: the owner sleeps.
  std::atomic<std::uint32_t> state_{idle};
};

// Makes every thread of the process execute a full fence somewhere between the call's beginning and
// its end, so that their fast path needs none (Linux membarrier(2), PRIVATE_EXPEDITED).
void heavy_fence() noexcept;

// Whether the kernel offers that. Where it does not, the fast path pays for its own fence (S4).
bool heavy_fence_works() noexcept;

}  // namespace micropool::detail
