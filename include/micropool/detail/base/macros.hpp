// SPDX-License-Identifier: MIT OR Apache-2.0
// Attributes, sanitizer detection, assertions, and the functions that report failures. Macros that
// the build generates are in build_config.hpp.
#pragma once

#include <micropool/detail/base/requirements.hpp>

#include <cstddef>
#include <source_location>
#include <string_view>

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

// Checks an invariant of the library. Active if the library was configured with debug checks,
// independent of NDEBUG, so that all files of a program agree. Misuse by the program is reported by
// fail_misuse() instead, which quotes no code of the library.
#define MICROPOOL_ASSERT(condition, what_to_do)                                       \
  do {                                                                                \
    if constexpr (MICROPOOL_DEBUG_CHECKS) {                                           \
      if (!(condition)) ::micropool::detail::fail(#condition, what_to_do, __FILE__, __LINE__); \
    }                                                                                 \
  } while (false)

namespace micropool::detail {

// Prints the broken invariant and what to do about it, and aborts.
[[noreturn]] MICROPOOL_API MICROPOOL_COLD void fail(const char* condition, const char* what_to_do,
                                                    const char* file, int line) noexcept;

// Reports misuse by the program: prints which call on which object was wrong and why (a text that
// begins with "micropool"), what to do, and the line of the program, and aborts. Omits the line if
// it is unknown or in the library itself.
[[noreturn]] MICROPOOL_API MICROPOOL_COLD void fail_misuse(
    const char* wrong, const char* what_to_do, std::source_location at = {}) noexcept;

// Reports a coroutine that has neither suspended nor reached its end, or has produced no result:
// prints which one, the likely reason and what to do, and aborts. Any of the arguments may be
// unknown: the type of the result (empty), where the coroutine is defined, and where it was spawned
// (line 0).
[[noreturn]] MICROPOOL_API MICROPOOL_COLD void fail_without_result(
    std::string_view result, std::source_location coroutine,
    std::source_location spawned_at) noexcept;

// Returns the name of a type as the compiler writes it.
template <class T>
constexpr auto type_name() noexcept {
  constexpr std::string_view all = __PRETTY_FUNCTION__;
  constexpr std::size_t begin = all.find("T = ") + 4;
  return all.substr(begin, all.size() - 1 - begin);
}

}  // namespace micropool::detail
