// SPDX-License-Identifier: MIT OR Apache-2.0
// Floating-point environments for the cases of promise 12, and what tells one from another.
#pragma once

#include <cfenv>
#include <cfloat>
#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace micropool_test {

// What a thread computes in its environment: a quotient that is rounded, the same in the other unit
// that x86 has, a result and an operand that are denormal.
struct computed {
  double quotient;
  long double long_quotient;
  double denormal_result;
  double denormal_operand;
  friend bool operator==(const computed&, const computed&) = default;
};

[[gnu::noinline]] inline computed compute() noexcept {
  volatile double one = 1, three = 3, smallest = DBL_MIN, denormal = DBL_MIN / 4, large = 0x1p100;
  volatile long double long_one = 1, long_three = 3;
  return {one / three, long_one / long_three, smallest / 2, denormal * large};
}

inline void round_upward() noexcept { std::fesetround(FE_UPWARD); }

// Results and operands that are denormal become zero, where the processor can do that.
inline void flush_denormals() noexcept {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040);
#elif defined(__aarch64__)
  std::uint64_t fpcr;
  asm volatile("mrs %0, fpcr" : "=r"(fpcr));
  asm volatile("msr fpcr, %0" : : "r"(fpcr | (std::uint64_t{1} << 24)));
#endif
}

using mode = void (*)() noexcept;

// The thread's environment is another one while this lives.
class in_mode {
public:
  explicit in_mode(mode set) noexcept {
    std::fegetenv(&before_);
    set();
  }
  ~in_mode() { std::fesetenv(&before_); }
  in_mode(const in_mode&) = delete;
  in_mode& operator=(const in_mode&) = delete;

private:
  std::fenv_t before_;
};

// What is computed in a mode.
inline computed computed_in(mode set) noexcept {
  const in_mode here(set);
  return compute();
}

}  // namespace micropool_test
