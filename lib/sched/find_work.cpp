// SPDX-License-Identifier: MIT OR Apache-2.0
#include "find_work.hpp"

namespace micropool::detail {
namespace {

// The stint in which the victim pushed its element `at`, which has been seen in its deque or stolen
// from it: the present one, or none if the element is older or the victim has moved on (H3).
template <class AtOrAbove>
stint stint_of(const participant_state& victim, AtOrAbove&& at_or_above) noexcept {
  // [acquire: stint.change] the same stint before and after: then the base in between is its own,
  // or a higher one. The count tells a stint from a later one of the same name.
  const std::uint32_t changes = victim.stint_changes.load(std::memory_order_acquire);
  const stint before = victim.current.load(std::memory_order_acquire);
  // [acquire: stint.change] as above.
  const auto base = victim.base.load(std::memory_order_acquire);
  const stint after = victim.current.load(std::memory_order_acquire);
  // [acquire: stint.change] as above.
  if (after != before || victim.stint_changes.load(std::memory_order_acquire) != changes) return {};
  return at_or_above(base) ? before : stint();
}

// Does the job that `s` names descend from what `waiter` waits for? Follows the chain of thefts
// upwards: a job descends from the stint in which it was pushed (H1), and what the waiter's own
// deque held at `base` or above was pushed by what it waits for (H2).
bool descends(stint s, const participant_state& waiter, participant::index base,
              const inbox* own) noexcept {
  const registry& all = waiter.pool->participants;
  // A chain has no circle at any one moment; the bound is for one that changes under our eyes.
  for (int hops = 0; hops < 256 && !s.none(); ++hops) {
    if (s.from_inbox()) return own != nullptr && s.is_from(*own);
    const participant_state& victim = all.at(s.victim());
    if (&victim == &waiter) return s.at_or_above(base);
    s = stint_of(victim, [s](participant::index from) { return s.at_or_above(from); });
  }
  return false;
}

// Steals the oldest job of `victim` if `allowed` says so between sighting and claim (D2). A lost
// race means that somebody took a job, and that the next one is worth a look: a sleeper's last look
// must not overlook it.
template <class Allowed>
found_work steal_from(participant_state& victim, Allowed&& allowed) noexcept {
  for (;;) {
    const auto seen = victim.jobs.sight();
    if (seen.element == nullptr || !allowed(seen.at)) return {};
    // [acquire: stint.change] the root of everything in the deque; read before the claim, because
    // afterwards the victim may have moved on.
    const root_tag r = victim.working_for.load(std::memory_order_acquire);
    if (victim.jobs.claim(seen)) {
      return {seen.element, stint::stolen(victim.id, seen.at), r.get(), victim.pool};
    }
  }
}

template <class Allowed>
found_work steal(participant_state& self, Allowed&& allowed) noexcept {
  found_work f;
  self.pool->participants.any(self.next_random(), [&](participant_state& victim) {
    if (&victim == &self) return false;
    f = steal_from(victim, [&](participant::index at) { return allowed(victim, at); });
    return static_cast<bool>(f);
  });
  if (f) self.jobs_stolen.add();
  return f;
}

found_work take_from_inbox(inbox& in) noexcept {
  // [seq_cst: idle.publish] a sleeper's last look.
  return in.waiting.load(std::memory_order_seq_cst) != 0 ? in.pool->ready.pop_from(in)
                                                         : found_work{};
}

found_work take_from_inboxes(inbox_group& group) noexcept {
  if (found_work f = take_from_inbox(group.home)) return f;
  // [seq_cst: inbox.sibling] inboxes on other pools that coroutines of this group have moved to.
  for (inbox* i = group.siblings.load(std::memory_order_seq_cst); i != nullptr; i = i->sibling) {
    if (found_work f = take_from_inbox(*i)) return f;
  }
  // [seq_cst: idle.publish] background tasks that the group waits for, wherever they are.
  if (!group.has_awaited.load(std::memory_order_seq_cst)) return {};
  found_work f;
  const auto take = [&](pool_state& pool) {
    if (!pool.ready.empty()) f = pool.ready.pop_awaited_by(group);
    return static_cast<bool>(f);
  };
  if (!take(*group.home.pool)) any_other_pool(*group.home.pool, take);
  return f;
}

found_work own_job(participant_state& self) noexcept {
  job* j = self.jobs.pop();
  if (j == nullptr) return {};
  // [acquire: root.lift] the root that a lifter has put there.
  return {j, self.current.load(std::memory_order_relaxed),
          self.working_for.load(std::memory_order_acquire).get(), self.pool};
}

// Is what lies in the deque of that tier?
bool is_of(tier t, const participant_state& p) noexcept {
  // [acquire: stint.change] a moment old; a thief reads it again before the claim.
  return p.working_for.load(std::memory_order_acquire).background() == (t == tier::background);
}

// Continuations and forks of one tier.
found_work find_work_of(tier t, participant_state& self) noexcept {
  injector& ready = self.pool->ready;
  // They take turns at being first, so that an endless supply of one kind does not starve the
  // other.
  const bool inboxes_first = (self.next_random() & 1) != 0;
  if (inboxes_first && !ready.empty(t)) {
    if (found_work f = ready.pop_any(t)) return f;
  }
  const auto of_tier = [t](const participant_state& victim, participant::index) {
    return is_of(t, victim);
  };
  if (found_work f = steal(self, of_tier)) return f;
  return ready.empty(t) ? found_work{} : ready.pop_any(t);
}

}  // namespace

bool accepts_pushes_of(const participant_state& other, const participant_state& waiter,
                       participant::index base, const inbox* own, const root* whole) noexcept {
  // [acquire: stint.change] a moment old where another asks; it decides about a wake-up only.
  if (whole != nullptr) return other.working_for.load(std::memory_order_acquire).is(whole);
  return descends(other.current.load(std::memory_order_acquire), waiter, base, own);
}

found_work find_foreground_work(participant_state& self) noexcept {
  return find_work_of(tier::foreground, self);
}

// Started work before new work: it holds memory, and somebody may wait for it.
found_work find_background_work(participant_state& self) noexcept {
  if (found_work f = find_work_of(tier::background, self)) return f;
  background_task* t = self.pool->background.pop(self.next_random());
  if (t == nullptr) return {};
  return {t, stint::of_inbox(t->inboxes.home), &t->own_root, self.pool};
}

found_work find_any_work(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  if (found_work f = own_job(self)) return f;
  if (found_work f = find_foreground_work(self)) return f;
  if (!pool.limits_background()) return find_background_work(self);
  // Who finds all places taken wakes nobody and leaves it to the holders to look again: so does a
  // holder that has found nothing.
  while (is_there(tier::background, self) && pool.try_start_background()) {
    if (found_work f = find_background_work(self)) {
      f.holds_place = true;
      return f;
    }
    pool.end_background();
  }
  return {};
}

found_work find_own_work(participant_state& self, const wait_filter& filter) noexcept {
  if (self.jobs.bottom() > filter.base) {
    if (found_work f = own_job(self)) return f;
  }
  if (filter.inboxes != nullptr) {
    if (found_work f = take_from_inboxes(*filter.inboxes)) return f;
  }
  const inbox* own = filter.inboxes != nullptr ? &filter.inboxes->home : nullptr;
  const auto allowed = [&](participant_state& victim, participant::index at) {
    if (filter.whole_root != nullptr) {
      // [acquire: stint.change] nothing but jobs of this root is in the deque.
      return victim.working_for.load(std::memory_order_acquire).is(filter.whole_root);
    }
    const stint s = stint_of(victim, [at](participant::index from) { return at >= from; });
    return descends(s, self, filter.base, own);
  };
  if (found_work f = steal(self, allowed)) return f;
  injector& ready = self.pool->ready;
  if (filter.whole_root != nullptr && !ready.empty(tier::foreground)) {
    return ready.pop_of(*filter.whole_root);
  }
  return {};
}

bool is_there(tier t, participant_state& self) noexcept {
  const pool_state& pool = *self.pool;
  if (!pool.ready.empty(t) || (t == tier::background && !pool.background.empty())) return true;
  return pool.participants.any(self.next_random(), [t](const participant_state& p) {
    return p.jobs.sight().element != nullptr && is_of(t, p);
  });
}

bool more_to_take(participant_state& self) noexcept {
  return is_there(tier::foreground, self) ||
         (self.pool->may_start_background() && is_there(tier::background, self));
}

}  // namespace micropool::detail
