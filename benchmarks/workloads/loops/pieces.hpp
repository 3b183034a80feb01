// SPDX-License-Identifier: MIT OR Apache-2.0
// Parts of one sequence that threads have made, put one behind the other: for engines that have no
// collect of their own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine.hpp"

namespace bench::loops {

// What map-filter-collect keeps of `xs`.
inline std::vector<number> kept_of(input xs) {
  std::vector<number> kept;
  kept.reserve(xs.size());
  for (const number x : xs) {
    if (const number y = mixed(x); is_kept(y)) kept.push_back(y);
  }
  return kept;
}

// Replaces `to` by all pieces. `each(n, f)` calls f(i) for all i below n, in parallel.
template <class Each>
void put_together(const std::vector<std::vector<number>>& pieces, std::vector<number>& to,
                  const Each& each) {
  std::vector<std::size_t> begin_of;
  begin_of.reserve(pieces.size());
  std::size_t n = 0;
  for (const auto& piece : pieces) {
    begin_of.push_back(n);
    n += piece.size();
  }
  to.resize(n);
  each(pieces.size(),
       [&](std::size_t i) { std::ranges::copy(pieces[i], to.data() + begin_of[i]); });
}

}  // namespace bench::loops
