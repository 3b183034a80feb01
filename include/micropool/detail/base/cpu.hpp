// SPDX-License-Identifier: MIT OR Apache-2.0
// Facts about the processor: the size of a cache line, the spin hint, a clock, the stack pointer.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace micropool::detail {

// Two lines, because adjacent-line prefetchers make pairs of 64-byte lines move together.
// A constant rather than std::hardware_destructive_interference_size, whose value may differ
// between the files of one program (and g++ warns about just that).
inline constexpr std::size_t cache_line = 128;

MICROPOOL_ALWAYS_INLINE void cpu_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#else
  asm volatile("" ::: "memory");
#endif
}

// A clock that costs little and counts in a unit of its own: some nanoseconds at most on x86, up to
// some ten on others.
MICROPOOL_ALWAYS_INLINE std::uint64_t cpu_ticks() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

// Where the caller's stack frame is; with stacks that grow down, smaller means deeper.
// Not by __builtin_frame_address where it can be helped: that costs its function a frame pointer.
MICROPOOL_ALWAYS_INLINE std::uintptr_t stack_position() noexcept {
#if defined(__x86_64__)
  std::uintptr_t sp;
  asm("mov %%rsp, %0" : "=r"(sp));
  return sp;
#elif defined(__aarch64__)
  std::uintptr_t sp;
  asm("mov %0, sp" : "=r"(sp));
  return sp;
#else
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
#endif
}

}  // namespace micropool::detail
