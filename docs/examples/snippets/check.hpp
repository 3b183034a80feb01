// SPDX-License-Identifier: MIT OR Apache-2.0
// The one assertion of the snippets: unlike assert() it is there in release builds as well.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

inline void check(bool ok, std::source_location where = std::source_location::current()) {
  if (ok) return;
  std::fprintf(stderr, "%s:%u: not as documented\n", where.file_name(),
               static_cast<unsigned>(where.line()));
  std::exit(1);
}
