// SPDX-License-Identifier: MIT OR Apache-2.0
// The memory model of C++20, on the memory of the simulated program.
//
// For each atomic object, the order of modification with the messages that loads may still return;
// for each word, who has accessed it without atomics. The order of modification is the order in
// which stores are executed, and nothing is read before it is written; README.md says what that
// leaves out. Lidbury and Donaldson, "Dynamic race detection for C++11", POPL 2017; Luo and Demsky,
// "C11Tester", ASPLOS 2021.
#pragma once

#include "machine.hpp"

#include <cstddef>
#include <cstdint>

namespace simulation {

enum class order : std::uint8_t { relaxed, consume, acquire, release, acq_rel, seq_cst };

inline bool acquires(order o) noexcept { return o != order::relaxed && o != order::release; }
inline bool releases(order o) noexcept { return o >= order::release; }

void begin_memory();
// Gives the program's static variables the values from before the execution.
void end_memory() noexcept;

// What the thread does from here on is not known to those that know what it did before.
inline void new_epoch(thread& t, unsigned id) noexcept { ++t.clock.at[id]; }

// Atomic operations; `size` is 1, 2, 4 or 8. Each is one step.
std::uint64_t atomic_load(std::uintptr_t a, unsigned size, order o) noexcept;
void atomic_store(std::uintptr_t a, unsigned size, std::uint64_t value, order o) noexcept;
// `change` returns the new value for the old one.
enum class change : std::uint8_t { exchange, add, subtract, and_, or_, xor_, nand };
std::uint64_t atomic_change(std::uintptr_t a, unsigned size, change c, std::uint64_t operand,
                            order o) noexcept;
// Returns true if the value was `expected`, which otherwise becomes the value.
bool atomic_compare_exchange(std::uintptr_t a, unsigned size, std::uint64_t& expected,
                             std::uint64_t desired, order success, order failure,
                             bool is_weak) noexcept;
void atomic_fence(order o) noexcept;
// A seq_cst fence of every thread, at some moment during the call.
void fence_all_threads() noexcept;

// The newest value, as the kernel reads it.
std::uint64_t newest_value(std::uintptr_t a, unsigned size) noexcept;

// A step that takes or gives back a lock at this address: ordered like acquire and release.
void lock_acquired(std::uintptr_t a) noexcept;
void lock_released(std::uintptr_t a) noexcept;

// Plain access to any number of bytes.
void plain_access(std::uintptr_t a, std::size_t size, bool writes) noexcept;
// A block of the heap ends: every access to it must have happened before.
void forget_block(std::uintptr_t a, std::size_t size) noexcept;

}  // namespace simulation
