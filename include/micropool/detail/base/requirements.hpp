// SPDX-License-Identifier: MIT OR Apache-2.0
// The requirements on the compiler and on the including program. Every public header includes this
// one first, directly or not, so that an unsuitable compiler reports these errors and not their
// consequences.
#pragma once

#include <micropool/build_config.hpp>

#include <version>

#if __cplusplus < 202002L
#error "micropool needs C++20: compile with -std=c++20 or newer"
#elif !defined(__cpp_impl_coroutine) || (defined(__clang__) && __clang_major__ < 15)
#error "micropool needs g++ 12 or newer, or clang 15 or newer"
#elif !defined(__cpp_exceptions)
#error "micropool needs exceptions: compile without -fno-exceptions"
#elif !defined(__cpp_lib_jthread)
#error "micropool needs std::stop_token: with libc++, compile with -fexperimental-library"
#endif

#if !MICROPOOL_DEBUG_CHECKS && !defined(NDEBUG) && !defined(__OPTIMIZE__) && \
    !defined(MICROPOOL_WITHOUT_DEBUG_CHECKS)
#pragma message( \
    "this micropool was built without debug checks, so misuse is not explained: configure it with " \
    "-Ddebug_checks=enabled, or define MICROPOOL_WITHOUT_DEBUG_CHECKS to silence this note")
#endif

namespace micropool::detail {

// Debug checks change inlined code. A program whose headers were configured differently from the
// library that it links or loads therefore fails to link or load, with an undefined reference to
// one of these.
#if MICROPOOL_DEBUG_CHECKS
[[gnu::visibility("default")]] extern const char library_with_debug_checks;
[[gnu::used]] inline const char* const required_library = &library_with_debug_checks;
#else
[[gnu::visibility("default")]] extern const char library_without_debug_checks;
[[gnu::used]] inline const char* const required_library = &library_without_debug_checks;
#endif

}  // namespace micropool::detail
