// SPDX-License-Identifier: MIT OR Apache-2.0
// float_environment: the modes of floating-point arithmetic, that is rounding, handling of
// denormals, and which exceptions trap. The processor keeps them per thread; the library carries
// them with the work.
#pragma once

#include <micropool/detail/base/macros.hpp>

#include <cstdint>

namespace micropool::detail {

// The control registers, without the flags of raised exceptions: a flag that a job raises stays
// with the thread that has run the job.
//
//   x86-64    | x87 control word (32) | MXCSR but for its six flags (32) |
//   aarch64   FPCR; the flags are in another register
//   others    nothing
class float_environment {
public:
  // Uninitialised, so that an unused one costs no instruction.
  float_environment() noexcept = default;

  // Returns that of the calling thread. Costs some ten cycles on x86, fewer on aarch64.
  static float_environment here() noexcept {
    float_environment e;
#if defined(__x86_64__)
    std::uint16_t x87;
    asm volatile("fnstcw %0" : "=m"(x87) : : "memory");
    e.word_ = (std::uint64_t{x87} << 32) | (read_mxcsr() & ~std::uint32_t{mxcsr_flags});
#elif defined(__aarch64__)
    asm volatile("mrs %0, fpcr" : "=r"(e.word_) : : "memory");
#else
    e.word_ = 0;
#endif
    return e;
  }

  // Makes this the calling thread's environment. Compares first, since writing the registers stalls
  // the processor.
  void enter() const noexcept { enter_from(here()); }
  // As enter(), for a caller that knows the thread's present environment.
  void enter_from(float_environment present) const noexcept {
    if (*this != present) [[unlikely]] write(present);
  }

  friend bool operator==(float_environment, float_environment) noexcept = default;

private:
#if defined(__x86_64__)
  static constexpr std::uint32_t mxcsr_flags = 0x3f;
  static constexpr std::uint32_t x87_flags = 0x3f;

  static std::uint32_t read_mxcsr() noexcept {
    std::uint32_t mxcsr;
    asm volatile("stmxcsr %0" : "=m"(mxcsr) : : "memory");
    return mxcsr;
  }
  MICROPOOL_COLD void write(float_environment present) const noexcept {
    const std::uint32_t mxcsr = static_cast<std::uint32_t>(word_) | (read_mxcsr() & mxcsr_flags);
    asm volatile("ldmxcsr %0" : : "m"(mxcsr) : "memory");
    if (word_ >> 32 == present.word_ >> 32) return;
    const auto x87 = static_cast<std::uint16_t>(word_ >> 32);
    std::uint16_t raised;
    asm volatile("fnstsw %0" : "=m"(raised) : : "memory");
    // An x87 exception that an earlier job has raised, and that traps from now on, would trap at
    // the next x87 instruction, whichever job that belongs to. MXCSR does not behave so.
    if ((raised & ~x87 & x87_flags) != 0) asm volatile("fnclex" : : : "memory");
    asm volatile("fldcw %0" : : "m"(x87) : "memory");
  }
#elif defined(__aarch64__)
  MICROPOOL_COLD void write(float_environment) const noexcept {
    asm volatile("msr fpcr, %0" : : "r"(word_) : "memory");
  }
#else
  void write(float_environment) const noexcept {}
#endif

  std::uint64_t word_;
};

}  // namespace micropool::detail
