// SPDX-License-Identifier: MIT OR Apache-2.0
#include "names.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace legacy_visitor {

similar operator+(const similar& a, const similar& b) {
  return {a.count + b.count, a.count != 0 ? a.first : b.first};
}

bool one_edit_apart(std::string_view a, std::string_view b) {
  if (a.size() < b.size()) std::swap(a, b);
  if (a.size() - b.size() > 1) return false;
  const auto same = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  if (same == a.size()) return false;  // equal
  return a.substr(same + 1) == b.substr(a.size() == b.size() ? same + 1 : same);
}

name_list::name_list(std::vector<std::string> names) : names_(std::move(names)) {
  std::ranges::sort(names_, {},
                    [](const std::string& s) { return std::tuple(s.size(), std::string_view(s)); });
  const auto repeated = std::ranges::unique(names_);
  names_.erase(repeated.begin(), repeated.end());
}

name_list::part name_list::candidates(std::string_view name) const {
  const auto first_longer_than = [this](std::size_t size) {
    const auto at = std::ranges::upper_bound(names_, size, {}, &std::string::size);
    return static_cast<std::size_t>(at - names_.begin());
  };
  return {name.size() < 2 ? 0 : first_longer_than(name.size() - 2),
          first_longer_than(name.size() + 1)};
}

similar name_list::resembling(std::string_view name, part where) const {
  similar result;
  for (std::size_t i = where.begin; i < where.end; ++i) {
    if (one_edit_apart(name, names_[i])) result = result + similar{1, i};
  }
  return result;
}

}  // namespace legacy_visitor
