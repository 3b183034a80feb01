// SPDX-License-Identifier: MIT OR Apache-2.0
// The only macros of the library besides the generated ones in build_config.hpp.
#pragma once

#include <micropool/build_config.hpp>

#define MICROPOOL_API __attribute__((visibility("default")))
#define MICROPOOL_NOINLINE __attribute__((noinline))
#define MICROPOOL_ALWAYS_INLINE [[gnu::always_inline]] inline
#define MICROPOOL_COLD __attribute__((cold, noinline))

#if defined(__SANITIZE_ADDRESS__)
#define MICROPOOL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MICROPOOL_ASAN 1
#endif
#endif
#ifndef MICROPOOL_ASAN
#define MICROPOOL_ASAN 0
#endif

// macro(a) macro(b) ... for up to sixteen arguments. A macro is not expanded inside itself; so each
// step leaves the next one for another scan.
#define MICROPOOL_FOR_EACH(macro, ...) \
  __VA_OPT__(MICROPOOL_SCAN_16(MICROPOOL_FOR_EACH_STEP(macro, __VA_ARGS__)))
#define MICROPOOL_FOR_EACH_STEP(macro, first, ...) \
  macro(first) __VA_OPT__(MICROPOOL_FOR_EACH_AGAIN MICROPOOL_NO_ARGUMENTS (macro, __VA_ARGS__))
#define MICROPOOL_FOR_EACH_AGAIN() MICROPOOL_FOR_EACH_STEP
#define MICROPOOL_NO_ARGUMENTS ()
#define MICROPOOL_SCAN_16(...) \
  MICROPOOL_SCAN_4(MICROPOOL_SCAN_4(MICROPOOL_SCAN_4(MICROPOOL_SCAN_4(__VA_ARGS__))))
#define MICROPOOL_SCAN_4(...) \
  MICROPOOL_SCAN(MICROPOOL_SCAN(MICROPOOL_SCAN(MICROPOOL_SCAN(__VA_ARGS__))))
#define MICROPOOL_SCAN(...) __VA_ARGS__

#if defined(__SANITIZE_THREAD__)
#define MICROPOOL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MICROPOOL_TSAN 1
#endif
#endif
#ifndef MICROPOOL_TSAN
#define MICROPOOL_TSAN 0
#endif

// Checks a rule that callers must keep; active when the library was configured with debug checks,
// never depending on NDEBUG of the including file, so that all files of a program agree.
#define MICROPOOL_ASSERT(condition, what_to_do)                                       \
  do {                                                                                \
    if constexpr (MICROPOOL_DEBUG_CHECKS) {                                           \
      if (!(condition)) ::micropool::detail::fail(#condition, what_to_do, __FILE__, __LINE__); \
    }                                                                                 \
  } while (false)

namespace micropool::detail {

// Prints the broken rule, what to do about it, and aborts.
[[noreturn]] MICROPOOL_API MICROPOOL_COLD void fail(const char* condition, const char* what_to_do,
                                                    const char* file, int line) noexcept;

}  // namespace micropool::detail
