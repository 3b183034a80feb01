// SPDX-License-Identifier: MIT OR Apache-2.0
#include "find_work.hpp"

namespace micropool::detail {
namespace {

// The stint in which the victim pushed its element `at`, which has been seen in its deque or stolen
// from it: the present one, or none if the element is older or the victim has moved on (H3).
template <class AtOrAbove>
stint stint_of(const participant_state& victim, AtOrAbove&& at_or_above) noexcept {
  // [acquire: stint.change] the same stint before and after: then the base in between is its own,
  // or a higher one.
  const stint before = victim.current.load(std::memory_order_acquire);
  const auto base = victim.base.load(std::memory_order_acquire);
  // [acquire: stint.change] as above.
  if (victim.current.load(std::memory_order_acquire) != before || !at_or_above(base)) return {};
  return before;
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
    const root* r = victim.working_for.load(std::memory_order_acquire);
    if (victim.jobs.claim(seen)) {
      return {seen.element, stint::stolen(victim.id, seen.at), r, victim.pool};
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

found_work take_from_inboxes(pool_state& pool, blocked_call& call) noexcept {
  // [seq_cst: idle.publish] a sleeper's last look.
  if (call.home.waiting.load(std::memory_order_seq_cst) != 0) {
    if (found_work f = pool.ready.pop_from(call.home)) return f;
  }
  // [seq_cst: inbox.sibling] inboxes on other pools that coroutines of this call have moved to.
  for (inbox* i = call.siblings.load(std::memory_order_seq_cst); i != nullptr; i = i->sibling) {
    // [seq_cst: idle.publish] as above.
    if (i->waiting.load(std::memory_order_seq_cst) == 0) continue;
    if (found_work f = i->pool->ready.pop_from(*i)) return f;
  }
  return {};
}

}  // namespace

bool accepts_pushes_of(const participant_state& other, const participant_state& waiter,
                       participant::index base, const inbox* own, const root* whole) noexcept {
  // [acquire: stint.change] a moment old where another asks; it decides about a wake-up only.
  if (whole != nullptr) return other.working_for.load(std::memory_order_acquire) == whole;
  return descends(other.current.load(std::memory_order_acquire), waiter, base, own);
}

found_work find_any_work(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  if (job* j = self.jobs.pop()) return {j, self.current.load(std::memory_order_relaxed),
                                        self.working_for.load(std::memory_order_relaxed), &pool};
  // Continuations and forks take turns at being first, so that an endless supply of one kind does
  // not starve the other.
  const bool inboxes_first = (self.next_random() & 1) != 0;
  if (inboxes_first && !pool.ready.empty()) {
    if (found_work f = pool.ready.pop_any()) return f;
  }
  if (found_work f = steal(self, [](auto&, auto) { return true; })) return f;
  return pool.ready.empty() ? found_work{} : pool.ready.pop_any();
}

found_work find_own_work(participant_state& self, const wait_filter& filter) noexcept {
  pool_state& pool = *self.pool;
  if (self.jobs.bottom() > filter.base) {
    if (job* j = self.jobs.pop()) return {j, self.current.load(std::memory_order_relaxed),
                                          self.working_for.load(std::memory_order_relaxed), &pool};
  }
  if (filter.call != nullptr) {
    if (found_work f = take_from_inboxes(pool, *filter.call)) return f;
  }
  const inbox* own = filter.call != nullptr ? &filter.call->home : nullptr;
  const auto allowed = [&](participant_state& victim, participant::index at) {
    if (filter.whole_root != nullptr) {
      // [acquire: stint.change] nothing but jobs of this root is in the deque.
      return victim.working_for.load(std::memory_order_acquire) == filter.whole_root;
    }
    const stint s = stint_of(victim, [at](participant::index from) { return at >= from; });
    return descends(s, self, filter.base, own);
  };
  if (found_work f = steal(self, allowed)) return f;
  if (filter.whole_root != nullptr && !pool.ready.empty()) return pool.ready.pop_of(*filter.whole_root);
  return {};
}

bool more_to_take(const pool_state& pool, participant_state& self) noexcept {
  if (!pool.ready.empty()) return true;
  return pool.participants.any(self.next_random(), [&](participant_state& p) {
    return p.jobs.sight().element != nullptr;
  });
}

}  // namespace micropool::detail
