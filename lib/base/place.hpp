// SPDX-License-Identifier: MIT OR Apache-2.0
// How messages name places in the program.
#pragma once

#include <source_location>
#include <string>
#include <string_view>

namespace micropool::detail {

// Returns false if the place is not known, or lies in a header of the library that awaits on
// behalf of the program: such a place tells the program's author nothing.
inline bool is_of_program(const std::source_location& at) noexcept {
  if (at.line() == 0) return false;
  const std::string_view file = at.file_name();
  if (!file.ends_with(".hpp")) return true;
  return file.find("micropool/detail/") == file.npos && file.find("micropool/iter/") == file.npos;
}

// Formats the place as "main.cpp:12".
inline std::string text_of(const std::source_location& at) {
  return std::string(at.file_name()) + ":" + std::to_string(at.line());
}

}  // namespace micropool::detail
