// SPDX-License-Identifier: MIT OR Apache-2.0
// How many system locks the present stack holds. Counted only if the build asks for it (lock_checks),
// because a library had better not interpose the locking functions of its program.
#pragma once

// Defined by the build of the library.
#ifndef MICROPOOL_LOCK_CHECKS
#define MICROPOOL_LOCK_CHECKS 0
#endif

namespace micropool::detail {

inline constexpr bool locks_are_counted = MICROPOOL_LOCK_CHECKS;

// The count of the code that runs on this thread. Must be exchanged at a switch to another stack.
int exchange_held_locks(int of_other_stack) noexcept;

}  // namespace micropool::detail
