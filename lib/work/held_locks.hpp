// SPDX-License-Identifier: MIT OR Apache-2.0
// How many locks of the system the present stack holds: where debug checks are on, and no sanitizer
// does the same to these functions.
#pragma once

#include <micropool/detail/base/macros.hpp>

namespace micropool::detail {

inline constexpr bool locks_are_counted =
    MICROPOOL_DEBUG_CHECKS && !MICROPOOL_ASAN && !MICROPOOL_TSAN;

// Of the code that this thread runs. To be exchanged where it goes on on another stack.
int exchange_held_locks(int of_other_stack) noexcept;

}  // namespace micropool::detail
