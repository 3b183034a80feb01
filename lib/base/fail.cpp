// SPDX-License-Identifier: MIT OR Apache-2.0
// How a broken rule is reported.
#include <micropool/detail/base/macros.hpp>

#include <cstdio>
#include <cstdlib>

namespace micropool::detail {

void fail(const char* condition, const char* what_to_do, const char* file, int line) noexcept {
  std::fprintf(stderr, "micropool: broken rule: %s\n  what to do: %s\n  seen at %s:%d\n", condition,
               what_to_do, file, line);
  std::abort();
}

}  // namespace micropool::detail
