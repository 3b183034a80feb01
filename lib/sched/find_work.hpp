// SPDX-License-Identifier: MIT OR Apache-2.0
// What a participant takes next. A worker, in this order: run_state::next (run_job.hpp); its own
// deque, newest first (loops.cpp, F4); foreground inboxes and deques in turn (F1); then, with
// a place, background inboxes and deques in turn, and the queue, with which every eighth look begins
// (F3). That a waiter takes only what descends from its wait is decided here and in leapfrog.cpp.
#pragma once

#include "pool_state.hpp"

#include <cstddef>
#include <cstdint>

namespace micropool::detail {

// How many deques a search looks into.
enum class extent : std::uint8_t {
  some,  // at most `some_deques`, so that a look in vain costs the same in a pool of any size
  all,   // for a thread that will not look again before it sleeps or returns
};
inline constexpr unsigned some_deques = 16;

// For the worker loop, with no user code below it on the stack: takes any job of its pool, or of a
// pool without workers that its pool serves; foreground first. A job from the background tier holds
// one of the places of `background_limit` until end_background().
found_work find_any_work(participant_state& self, extent e = extent::all) noexcept;
// The same for one tier; takes no place.
found_work find_foreground_work(participant_state& self, extent e = extent::all) noexcept;
found_work find_background_work(participant_state& self, extent e = extent::all) noexcept;

// For a blocked participant: takes only what descends from what it waits for.
found_work find_own_work(participant_state& self, const wait_filter& filter, wait_turns& turns,
                         extent e = extent::all) noexcept;

// F4: after so many jobs of its own deque in a row a bottom posts the newest ones to their homes,
// so that they queue behind what waits there.
inline constexpr std::uint32_t own_jobs_in_a_row = 256;
inline constexpr std::size_t handed_out_at_once = 2;
void hand_out(participant_state& self, participant::index base, const reach& to) noexcept;

// Takes the newest job of the own deque at `base` or above, or returns null. `taken` counts the
// jobs of one bottom. That bottom must be able to find in `to` what is posted (F4).
inline job* take_own_job(participant_state& self, participant::index base, std::uint32_t& taken,
                         const reach& to) noexcept {
  if (self.jobs.bottom() <= base) return nullptr;
  if (++taken % own_jobs_in_a_row == 0) [[unlikely]] {
    hand_out(self, base, to);
    if (self.jobs.bottom() <= base) return nullptr;
  }
  return self.jobs.pop();
}

// Where the waiter can take what it has posted.
inline reach reach_of(const participant_state& waiter, const wait_filter& f) noexcept {
  return {f.whole_root != nullptr ? waiter.pool : nullptr, f.inboxes};
}

// Takes the next job of an inbox of this group, on any pool; `turn` chooses the first inbox.
found_work take_from_inboxes_of(inbox_group& group, std::uint32_t turn) noexcept;

// For a pool without workers: takes a job of it that another pool serves.
found_work find_work_served_elsewhere(const pool_state& pool) noexcept;

// Returns true if there may be work of that tier. Takes nothing, and may be wrong a moment later. With
// extent::some one call looks into a few deques, and the next call into the next ones.
bool is_there(tier t, participant_state& self, extent e = extent::all) noexcept;

// Returns true if there may be something left that another worker could take.
bool more_to_take(participant_state& self) noexcept;

}  // namespace micropool::detail
