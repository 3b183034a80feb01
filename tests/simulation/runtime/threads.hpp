// SPDX-License-Identifier: MIT OR Apache-2.0
// What a thread may wait for, apart from its steps: the end of a block of static initialisation, a
// mutex, a condition variable, a futex, time.
#pragma once

#include <cstdint>

struct timespec;

namespace simulation {

void lock_mutex(const void* m) noexcept;
bool try_lock_mutex(const void* m) noexcept;
void unlock_mutex(const void* m) noexcept;
// Returns false if the deadline, of virtual time, passed first.
bool wait_condition(const void* c, const void* m, std::uint64_t deadline) noexcept;
void notify_condition(const void* c, unsigned n) noexcept;

// Return what the system call returns, errno included.
long futex_wait(const void* word, std::uint32_t value, std::uint64_t deadline) noexcept;
long futex_wake(const void* word, unsigned n) noexcept;

void sleep_until(std::uint64_t deadline) noexcept;
std::uint64_t nanoseconds(const timespec& t) noexcept;

// Lets faults of the simulated program fail its execution.
void catch_faults();

// The destructors of thread-specific data of the calling thread, which ends.
void run_key_destructors() noexcept;

}  // namespace simulation
