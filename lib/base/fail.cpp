// SPDX-License-Identifier: MIT OR Apache-2.0
// Reports of broken internal rules and of misuse.
#include <micropool/detail/base/macros.hpp>

#include "place.hpp"

#include <cstdio>
#include <cstdlib>

namespace micropool::detail {

#if MICROPOOL_DEBUG_CHECKS
const char library_with_debug_checks = 1;
#else
const char library_without_debug_checks = 1;
#endif

namespace {

void print_line(const char* before, const std::source_location& at) noexcept {
  if (is_of_program(at)) {
    std::fprintf(stderr, "  %s %s:%u\n", before, at.file_name(), static_cast<unsigned>(at.line()));
  }
}

}  // namespace

void fail(const char* condition, const char* what_to_do, const char* file, int line) noexcept {
  std::fprintf(stderr, "micropool: broken rule: %s\n  what to do: %s\n  seen at %s:%d\n", condition,
               what_to_do, file, line);
  std::abort();
}

void fail_misuse(const char* wrong, const char* what_to_do, std::source_location at) noexcept {
  std::fprintf(stderr, "%s\n  what to do: %s\n", wrong, what_to_do);
  print_line("seen at", at);
  std::abort();
}

void fail_without_result(std::string_view result, std::source_location coroutine,
                         std::source_location spawned_at) noexcept {
  std::fputs("micropool: a task", stderr);
  if (!result.empty()) {
    std::fprintf(stderr, "<%.*s>", static_cast<int>(result.size()), result.data());
  }
  std::fputs(" ended without a result\n", stderr);
  if (is_of_program(coroutine)) {
    std::fprintf(stderr, "  it is the coroutine at %s:%u, %s\n", coroutine.file_name(),
                 static_cast<unsigned>(coroutine.line()), coroutine.function_name());
  }
  print_line("it was spawned at", spawned_at);
  std::fputs(
      "  its body has no co_return on the way that it took, or the compiler has dropped the body:\n"
      "  g++ 12 does so, without a warning, where co_await stands in the condition of an if, while,\n"
      "  do, for or switch\n"
      "  what to do: end each way through the body with co_return, and give every co_await a line of\n"
      "  its own, `const auto x = co_await ...;`, and test x (docs/pitfalls.md)\n",
      stderr);
  std::abort();
}

}  // namespace micropool::detail
