// SPDX-License-Identifier: MIT OR Apache-2.0
#include "leapfrog.hpp"

#include "pool_state.hpp"

namespace micropool::detail {
namespace {

// The work unit in which the victim pushed its element `at`, which has been seen in its deque or
// stolen from it: the present one, or none if the element is older or a new work unit has begun
// (H3).
template <class AtOrAbove>
work_origin origin_of(const participant_state& victim, AtOrAbove&& at_or_above) noexcept {
  // [acquire: origin.change] the same work unit before and after: then the base in between is its
  // own, or a higher one. The count tells a work unit from a later one of the same name.
  const std::uint32_t changes = victim.work_changes.load(std::memory_order_acquire);
  const work_origin before = victim.current.load(std::memory_order_acquire);
  // [acquire: origin.change] as above.
  const auto base = victim.base.load(std::memory_order_acquire);
  const work_origin after = victim.current.load(std::memory_order_acquire);
  // [acquire: origin.change] as above.
  if (after != before || victim.work_changes.load(std::memory_order_acquire) != changes) return {};
  return at_or_above(base) ? before : work_origin();
}

// Leapfrogging, made transitive (work_origin.hpp): returns true if the job that `s` names descends
// from what `waiter` waits for. Follows the steal links upwards: a job descends from the work unit
// in which it was pushed (H1), and what the waiter's own deque held at `base` or above was pushed
// by what it waits for (H2).
bool descends(work_origin s, const participant_state& waiter, participant::index base,
              const inbox* own) noexcept {
  const registry& all = waiter.pool->participants;
  // A chain has no circle at any one moment; the bound is for one that changes while it is read.
  for (int hops = 0; hops < 256 && !s.none(); ++hops) {
    if (s.from_inbox()) return own != nullptr && s.is_from(*own);
    const participant_state& victim = all.at(s.victim());
    if (&victim == &waiter) return s.at_or_above(base);
    s = origin_of(victim, [s](participant::index from) { return s.at_or_above(from); });
  }
  return false;
}

}  // namespace

bool element_descends(const participant_state& victim, participant::index at,
                      const participant_state& waiter, participant::index base,
                      const inbox* own) noexcept {
  const work_origin s = origin_of(victim, [at](participant::index from) { return at >= from; });
  return descends(s, waiter, base, own);
}

bool accepts_pushes_of(const participant_state& other, const participant_state& waiter,
                       participant::index base, const inbox* own, const root* whole) noexcept {
  // [seq_cst: root.lift] a pusher that asks for itself has published its job: it sees the lift
  // here, or the lifter sees the job.
  if (whole != nullptr) return other.working_for.load(std::memory_order_seq_cst).is(whole);
  // [acquire: origin.change] may be out of date if another thread asks; only a wake-up depends on
  // it.
  return descends(other.current.load(std::memory_order_acquire), waiter, base, own);
}

}  // namespace micropool::detail
