// SPDX-License-Identifier: MIT OR Apache-2.0
// The clocks of the cores, as the memory of the timed machine moves them.
#pragma once

#include "lines.hpp"

namespace simulation::timed {

const costs& prices() noexcept;
// Of the running thread.
ticks& my_clock() noexcept;
// Lets those go first whose clocks are further behind than that.
void keep_order(ticks ahead) noexcept;
// How many threads do not sleep.
unsigned running_threads() noexcept;

// How far the running thread gets ahead of the others without an access that they could notice.
inline constexpr ticks most_ahead = 100 * 1000;

// What the program has done since the last call of forget().
struct access_counts {
  std::uint64_t steps;
  std::uint64_t fences;
};
extern access_counts accesses;

}  // namespace simulation::timed
