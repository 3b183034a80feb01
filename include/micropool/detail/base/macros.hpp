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
