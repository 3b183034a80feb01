// SPDX-License-Identifier: MIT OR Apache-2.0
// What a participant runs next. The search order and the scope filter exist here and nowhere else.
#pragma once

#include "pool_state.hpp"

namespace micropool::detail {

// A worker with an empty stack: anything of its pool, foreground first. What it finds in the
// background tier holds one of the places that background_limit leaves, until end_background().
found_work find_any_work(participant_state& self) noexcept;
// The tiers one by one, without a place.
found_work find_foreground_work(participant_state& self) noexcept;
found_work find_background_work(participant_state& self) noexcept;

// A blocked participant: only what descends from what it waits for.
found_work find_own_work(participant_state& self, const wait_filter& filter) noexcept;

// A glance: may there be work of that tier?
bool is_there(tier t, participant_state& self) noexcept;

// Is there anything left that another worker could take?
bool more_to_take(participant_state& self) noexcept;

// Would a participant that waits like this be allowed to take what `other` pushes at present? Good
// enough to decide whom to wake; the answer may be old where another thread than `other` asks.
bool accepts_pushes_of(const participant_state& other, const participant_state& waiter,
                       participant::index base, const inbox* own, const root* whole) noexcept;

}  // namespace micropool::detail
