// SPDX-License-Identifier: MIT OR Apache-2.0
// Fibers and their hosts: how a host runs its fiber, and what plain code in a fiber waits for.
#pragma once

#include <micropool/detail/sched/migration.hpp>
#include <micropool/detail/sched/scheduler.hpp>

#include <cstdint>

namespace micropool::detail {

// A latch knows its waiter by address only: that of a participant, or of the host of a fiber.
// Addresses of frames and of participants are even, so the low bit marks a frame.
inline void* waiter_of(frame& host) noexcept {
  return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(&host) | 1);
}
// Returns the host, or null if the waiter is a participant.
inline frame* host_of(void* waiter) noexcept {
  const auto word = reinterpret_cast<std::uintptr_t>(waiter);
  return (word & 1) == 0 ? nullptr : reinterpret_cast<frame*>(word & ~std::uintptr_t{1});
}

// Suspends the fiber until the branch has ended.
void wait_for(fiber& f, latch& ended) noexcept;

// Migrates the fiber's host, as migrate() of a frame does.
void migrate(fiber& f, migration there) noexcept;

}  // namespace micropool::detail
