// SPDX-License-Identifier: MIT OR Apache-2.0
// Leapfrogging, made transitive: whether a job descends from what a blocked participant waits for
// (Wagner and Calder, "Leapfrogging: a portable technique for implementing efficient futures", PPoPP
// 1993). The steal links are those of work_origin.hpp.
#pragma once

#include "participant_state.hpp"

namespace micropool::detail {

// Returns true if the job at `at` of the victim's deque, which has been seen there, descends from
// what `waiter` waits for: from what its own deque holds at `base` or above, or from the inbox
// `own`, if there is one. False if the victim changes its work meanwhile.
bool element_descends(const participant_state& victim, participant::index at,
                      const participant_state& waiter, participant::index base,
                      const inbox* own) noexcept;

// Returns true if a participant that waits like this may take what `other` pushes at present. Good
// enough to decide which thread to wake: the answer may be out of date unless `other` itself asks.
bool accepts_pushes_of(const participant_state& other, const participant_state& waiter,
                       participant::index base, const inbox* own, const root* whole) noexcept;

}  // namespace micropool::detail
