// SPDX-License-Identifier: MIT OR Apache-2.0
// call_site: the line of a call, kept for the messages of debug checks. Empty without debug checks.
#pragma once

#include <micropool/detail/base/requirements.hpp>

#include <source_location>
#include <type_traits>

namespace micropool::detail {

struct no_debug_check {};
// T with debug checks, otherwise an empty type. For [[no_unique_address]] members.
template <class T>
using where_checked = std::conditional_t<MICROPOOL_DEBUG_CHECKS, T, no_debug_check>;

// The line of the program that makes a call. Functions take it as their last parameter, with
// MICROPOOL_CALL_SITE as the default. Without debug checks it is empty, and passing it costs no
// instruction.
class call_site {
public:
  constexpr call_site() noexcept = default;
#if MICROPOOL_DEBUG_CHECKS
  constexpr call_site(std::source_location at) noexcept : at_(at) {}
  // Line 0 means unknown.
  constexpr std::source_location where() const noexcept { return at_; }

private:
  std::source_location at_{};
#else
  constexpr std::source_location where() const noexcept { return {}; }
#endif
};

}  // namespace micropool::detail

// Without debug checks no std::source_location is made: g++ keeps the arguments of a co_await in
// the frame, and would store it there.
#if MICROPOOL_DEBUG_CHECKS
#define MICROPOOL_CALL_SITE ::std::source_location::current()
#else
#define MICROPOOL_CALL_SITE {}
#endif
