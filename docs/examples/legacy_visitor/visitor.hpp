// SPDX-License-Identifier: MIT OR Apache-2.0
// The legacy code: a visitor of RapidJSON's recursive-descent parser, which hands it one value
// after the other and goes on when the visitor returns. It knows nothing of threads or tasks, and
// is the same in every run.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "files.hpp"
#include "names.hpp"

namespace legacy_visitor {

/// Answers the visitor's questions. To the visitor, ask() is a call like any other.
class name_service {
public:
  virtual ~name_service() = default;
  virtual similar ask(std::string_view name) = 0;
};

/// A name that resembles others.
struct finding {
  std::string name;
  similar to;
  bool operator==(const finding&) const = default;
};

/// What one file holds.
struct file_result {
  std::size_t names = 0;
  std::vector<finding> findings;  // in the order of the file
  std::string problem;            // why the rest of the file could not be read; else empty
  bool operator==(const file_result&) const = default;
};

/// Parses a file and asks about every string that is the value of `key`.
/// Throws what the service throws; a file that is no JSON is a problem in the result.
file_result visit(const json_file& file, std::string_view key, name_service& names);

}  // namespace legacy_visitor
