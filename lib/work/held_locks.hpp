// SPDX-License-Identifier: MIT OR Apache-2.0
// How many system locks the present stack holds. Counted only with debug checks, and not where a
// sanitizer interposes the same functions.
#pragma once

#include <micropool/detail/base/macros.hpp>

namespace micropool::detail {

inline constexpr bool locks_are_counted =
    MICROPOOL_DEBUG_CHECKS && !MICROPOOL_ASAN && !MICROPOOL_TSAN;

// The count of the code that runs on this thread. Must be exchanged at a switch to another stack.
int exchange_held_locks(int of_other_stack) noexcept;

}  // namespace micropool::detail
