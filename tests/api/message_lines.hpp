// SPDX-License-Identifier: MIT OR Apache-2.0
// What the cases about messages share.
#pragma once

#include <micropool/task.hpp>

#include <source_location>
#include <string>
#include <string_view>

namespace micropool_test {

// "messages.cpp:12", so many lines below the caller's.
inline std::string line_below(unsigned n,
                              std::source_location at = std::source_location::current()) {
  const std::string_view path = at.file_name();
  return std::string(path.substr(path.rfind('/') + 1)) + ":" + std::to_string(at.line() + n);
}

inline micropool::task<int> number() { co_return 1; }

}  // namespace micropool_test
