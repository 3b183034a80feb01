// SPDX-License-Identifier: MIT OR Apache-2.0
// A list of names, and which of them differ from a given one in a single letter: likely mistakes.
// A question costs a pass over all names of about its length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace legacy_visitor {

/// The names that resemble one.
struct similar {
  std::size_t count = 0;
  std::size_t first = 0;  // the position of the first one in the list, if there is any
  bool operator==(const similar&) const = default;
};

/// What two parts of the list, the first one before the second one, are together.
similar operator+(const similar& a, const similar& b);

class name_list {
public:
  /// Sorts them, by length first, and drops what is there twice.
  explicit name_list(std::vector<std::string> names);

  std::size_t size() const { return names_.size(); }
  const std::string& operator[](std::size_t i) const { return names_[i]; }

  /// Positions in the list, `end` excluded.
  struct part {
    std::size_t begin;
    std::size_t end;
  };
  /// Where the names are that may be one edit away from `name`.
  part candidates(std::string_view name) const;
  /// Among the names in there, those that are.
  similar resembling(std::string_view name, part where) const;

private:
  std::vector<std::string> names_;
};

/// Whether one byte added, left out or replaced makes one of the other. A letter outside of ASCII
/// is several bytes, so that it counts only where these have but one difference.
bool one_edit_apart(std::string_view a, std::string_view b);

}  // namespace legacy_visitor
