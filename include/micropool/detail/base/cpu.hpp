// SPDX-License-Identifier: MIT OR Apache-2.0
// The processor: size of a cache line, spin hint, time-stamp counter, stack pointer.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace micropool::detail {

// Two lines of 64 bytes, because adjacent-line prefetchers move them in pairs. A constant rather
// than std::hardware_destructive_interference_size, whose value may differ between the files of one
// program (g++ warns about that).
inline constexpr std::size_t cache_line = 128;

// What the simulated machine (tests/simulation) cannot see, as the library calls it there: a spinning
// thread lets others go first, and time is virtual.
#if defined(MICROPOOL_SIMULATED)
extern "C" void micropool_simulated_pause() noexcept;
extern "C" std::uint64_t micropool_simulated_ticks() noexcept;
#endif

MICROPOOL_ALWAYS_INLINE void cpu_pause() noexcept {
#if defined(MICROPOOL_SIMULATED)
  micropool_simulated_pause();
#elif defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#else
  asm volatile("" ::: "memory");
#endif
}

// Reads a cheap clock of unspecified unit: a tick is at most some nanoseconds on x86, and up to
// some ten nanoseconds elsewhere.
MICROPOOL_ALWAYS_INLINE std::uint64_t cpu_ticks() noexcept {
#if defined(MICROPOOL_SIMULATED)
  return micropool_simulated_ticks();
#elif defined(__x86_64__) || defined(__i386__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

// Returns the position of the caller's stack frame. Stacks grow down, so smaller means deeper.
// Avoids __builtin_frame_address where possible: that costs its function a frame pointer.
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
