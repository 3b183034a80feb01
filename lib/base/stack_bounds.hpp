// SPDX-License-Identifier: MIT OR Apache-2.0
// How far down the calling thread's stack may be used.
#pragma once

#include <cstdint>

namespace micropool::detail {

// The lowest address that nested children may reach: a margin above the end of the stack, for what
// user code needs on top. Asks the system once per thread; 0 if it does not know.
std::uintptr_t lowest_usable_stack() noexcept;

}  // namespace micropool::detail
