// SPDX-License-Identifier: MIT OR Apache-2.0
// Stacks: mapped with a guard below, recycled per thread over a bounded shared store.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <cstddef>

namespace micropool::detail {

// Size of the guard region below a stack, which cannot be touched. Larger than most stack frames,
// because a frame that is touched only at its far end would jump over a smaller guard. Costs
// address space only.
inline constexpr std::size_t stack_guard_size = std::size_t{64} << 10;

// Memory from `lowest` on.
struct stack_memory {
  std::byte* lowest = nullptr;
  std::size_t size = 0;

  std::byte* top() const noexcept { return lowest + size; }
};

// Takes and gives back a stack. Any thread; a stack may be given back on another thread than the
// one that took it. The size is rounded up to whole pages. Throws std::system_error if the system
// has no more.
stack_memory take_stack(std::size_t size);
void give_stack(stack_memory s) noexcept;
// Gives back a stack of which most has been touched: its memory goes back to the system.
void give_used_stack(stack_memory s) noexcept;

// Returns true if the address lies in the guard of that stack.
bool is_guard_of(const stack_memory& s, const void* address) noexcept;

// How many unused stacks are kept: by a thread as they are, by the store without the memory that
// they have touched except their topmost page. The rest goes back to the system: first the stack
// that has been unused for longest and has another size, if the size in use is a new one.
struct stack_cache_limits {
  std::size_t per_thread;
  std::size_t shared;
};
// Sets the calling thread's own limit, and the process-wide one of the shared store.
void set_stack_cache_limits(stack_cache_limits limits) noexcept;

// How many stacks are unused at present, and how many are mapped in all.
struct stack_cache_use {
  std::size_t this_thread;
  std::size_t shared;
  std::size_t mapped;
};
stack_cache_use stack_cache_held() noexcept;

}  // namespace micropool::detail
