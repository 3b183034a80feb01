// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts calls of operator new. Linking allocation_count.cpp replaces the global operators, so only
// programs that measure allocations, not time, do it.
#pragma once

#include <cstdint>

namespace bench {

// Calls of any form of operator new by any thread of the process so far.
std::uint64_t allocations() noexcept;

}  // namespace bench
