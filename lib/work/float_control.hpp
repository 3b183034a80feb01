// SPDX-License-Identifier: MIT OR Apache-2.0
// How floating-point numbers are rounded, and what traps: the processor keeps that per thread; here
// it belongs to a stack, and moves with it. On x86 Boost's jump does that.
#pragma once

#include <cstdint>
#include <utility>

namespace micropool::detail {

#if defined(__aarch64__)

class float_control {
public:
  // As it is where this is made.
  float_control() noexcept : kept_(read()) {}

  // Makes this state the thread's, and keeps the thread's instead. To be called twice on the same
  // thread, around a stretch on another stack.
  void swap() noexcept {
    const std::uint64_t here = read();
    // Writing the register stalls the processor.
    if (here != kept_) write(kept_);
    kept_ = here;
  }

private:
  // The procedure call standard makes the control register the callee's to keep, but for the flags
  // of exceptions, which are in another one.
  static std::uint64_t read() noexcept {
    std::uint64_t value = 0;
    asm volatile("mrs %0, fpcr" : "=r"(value) : : "memory");
    return value;
  }
  static void write(std::uint64_t value) noexcept {
    asm volatile("msr fpcr, %0" : : "r"(value) : "memory");
  }

  std::uint64_t kept_;
};

#else

class float_control {
public:
  void swap() noexcept {}
};

#endif

}  // namespace micropool::detail
