// SPDX-License-Identifier: MIT OR Apache-2.0
// How far down a stack may be used.
#pragma once

#include <micropool/detail/base/cpu.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace micropool::detail {

// The floor is the lowest address that nested children may reach. The margin below it, down to the
// end of the stack, is for what user code needs on top.
struct stack_bounds {
  std::uintptr_t lowest;
  std::uintptr_t floor;
  std::uintptr_t top;

  constexpr static stack_bounds of(std::uintptr_t lowest, std::size_t size) noexcept {
    // Half of a small stack, and never more than a deep call chain of user code is likely to need.
    const std::size_t margin = std::min<std::size_t>(size / 2, std::size_t{256} << 10);
    return {lowest, lowest + margin, lowest + size};
  }
  // A stack of which nothing is known has no room.
  constexpr static stack_bounds unknown() noexcept {
    return {UINTPTR_MAX, UINTPTR_MAX, UINTPTR_MAX};
  }

  // Returns true if the caller stands on this stack and above its floor. One comparison serves for
  // both: another stack may lie above as well as below.
  MICROPOOL_ALWAYS_INLINE bool has_room() const noexcept {
    return stack_position() - floor < top - floor;
  }
  // Returns true if the caller stands on this stack.
  MICROPOOL_ALWAYS_INLINE bool is_here() const noexcept {
    return stack_position() - lowest < top - lowest;
  }
};

// Two words, because a function returns those in registers.
struct stack_extent {
  std::uintptr_t lowest;
  std::size_t size;  // 0: unknown
};

// The stack that the system gave to the calling thread; unknown if the system does not report it.
// Queries the system once per thread.
stack_extent stack_of_thread() noexcept;

inline stack_bounds bounds_of_thread() noexcept {
  const stack_extent e = stack_of_thread();
  return e.size != 0 ? stack_bounds::of(e.lowest, e.size) : stack_bounds::unknown();
}

}  // namespace micropool::detail
