// SPDX-License-Identifier: MIT OR Apache-2.0
// Where threads that end a pool sleep, and how they are woken: an eventcount for the whole
// process. It belongs to no pool, so the end of what a pool waits for may be reported after the
// last touch of the pool.
#pragma once

#include <chrono>
#include <cstdint>

namespace micropool::detail {

// The epoch. Must be read before the look at what has not ended yet.
std::uint32_t end_events() noexcept;

// Sleeps until an end is reported that `seen` does not count, or until the time is over.
void sleep_until_end_event(std::uint32_t seen, std::chrono::nanoseconds at_most) noexcept;

// Reports that something which a stopping pool may wait for has ended or become ready. One system
// call.
void report_end_event() noexcept;

}  // namespace micropool::detail
