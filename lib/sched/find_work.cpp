// SPDX-License-Identifier: MIT OR Apache-2.0
#include "find_work.hpp"

#include "leapfrog.hpp"
#include "run_job.hpp"
#include "wait_graph.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace micropool::detail {
namespace {

// Steals the oldest job of `victim` if `allowed` returns true between peek and take (D2). A
// lost race means that another thread took a job, and that the next one is worth a look: a
// sleeper's last look must not overlook it.
template <class Allowed>
found_work steal_from(participant_state& victim, Allowed&& allowed) noexcept {
  for (;;) {
    const auto seen = victim.jobs.peek_oldest();
    if (seen.element == nullptr || !allowed(seen.at)) return {};
    // [acquire: origin.change] the root of all jobs in the deque. Read before the claim, because
    // the victim may begin another work unit afterwards.
    const root_tag r = victim.working_for.load(std::memory_order_acquire);
    // [acquire: origin.change] as above.
    const float_environment e = victim.environment.load(std::memory_order_acquire);
    if (victim.jobs.try_take(seen)) {
      return {seen.element, work_origin::stolen(victim.id, seen.at), r.get(), e, victim.pool};
    }
  }
}

// F1, F2: of 64 turns in a row each begins with another slot, of one chunk after the other; the next
// 64 pair each slot with the next chunk. The turns of two thieves differ.
template <class Allowed>
found_work steal(participant_state& self, std::uint32_t turn, extent e, Allowed&& allowed) noexcept {
  found_work f;
  const std::uint32_t chunk = turn % 64 + turn / 64 + self.id;
  const std::uint32_t start = chunk << 6 | ((turn * 37 + self.id) & 63);
  unsigned looked_at = 0;
  self.pool->participants.any(start, [&](participant_state& victim) {
    if (&victim == &self) return false;
    if (e == extent::some && looked_at++ == some_deques) return true;
    f = steal_from(victim, [&](participant::index at) { return allowed(victim, at); });
    return static_cast<bool>(f);
  });
  if (f) self.jobs_stolen.add();
  return f;
}

found_work take_from_inbox(inbox& in) noexcept {
  // [seq_cst: idle.publish] a sleeper's last look.
  return in.waiting.load(std::memory_order_seq_cst) != 0 ? injector::pop_from(in) : found_work{};
}

// Takes from the inboxes on other pools that coroutines of this group have migrated to; `turn`
// chooses the first.
found_work take_from_siblings(inbox_group& group, std::uint32_t turn) noexcept {
  // [seq_cst: inbox.sibling] before the looks into them.
  inbox* const first = group.siblings.load(std::memory_order_seq_cst);
  if (first == nullptr) return {};
  std::uint32_t count = 0;
  for (inbox* i = first; i != nullptr; i = i->sibling) ++count;
  inbox* start = first;
  for (std::uint32_t skipped = turn % count; skipped > 0; --skipped) start = start->sibling;
  inbox* i = start;
  do {
    if (found_work f = take_from_inbox(*i)) return f;
    i = i->sibling != nullptr ? i->sibling : first;
  } while (i != start);
  return {};
}

found_work take_from_inboxes(const wait_filter& filter, std::uint32_t turn) noexcept {
  inbox_group& group = *filter.inboxes;
  for (std::uint32_t k = 0; k < 3; ++k) {
    const std::uint32_t source = (turn + k) % 3;
    found_work f = source == 0   ? take_from_inbox(group.home)
                   : source == 1 ? take_from_siblings(group, turn / 3)
                                 : take_awaited(filter, turn / 3);
    if (f) return f;
  }
  return {};
}

found_work own_job(participant_state& self, job* j) noexcept {
  if (j == nullptr) return {};
  // [acquire: root.lift] the root that a lifter has put there.
  return {j, self.current.load(std::memory_order_relaxed),
          self.working_for.load(std::memory_order_acquire).get(),
          self.environment.load(std::memory_order_relaxed), self.pool};
}

// Returns true if what lies in the deque is of that tier.
bool is_of(tier t, const participant_state& p) noexcept {
  // [acquire: origin.change] may be out of date; a thief reads it again before the claim.
  return p.working_for.load(std::memory_order_acquire).background() == (t == tier::background);
}

// Inboxes and deques of one tier, which take turns at being first (F1).
found_work find_work_of(tier t, participant_state& self, extent e) noexcept {
  injector& ready = self.pool->ready;
  const std::uint32_t look = self.looks[static_cast<std::size_t>(t)]++;
  if (look % 2 == 0 && !ready.empty(t)) {
    if (found_work f = ready.pop_any(t)) return f;
  }
  const auto of_tier = [t](const participant_state& victim, participant::index) {
    return is_of(t, victim);
  };
  if (found_work f = steal(self, look / 2, e, of_tier)) return f;
  return ready.empty(t) ? found_work{} : ready.pop_any(t);
}

// Whether a look at the queue waits for its locks, or notes that they were held (Q5).
enum class patience : std::uint8_t { waits, leaves };

found_work find_queued_work(participant_state& self, std::uint32_t turn, patience p,
                            bool& refused) noexcept {
  background_queue& queue = self.pool->background;
  background_task* t = p == patience::waits ? queue.pop(turn) : queue.try_pop(turn, refused);
  if (t == nullptr) return {};
  if (t->coroutine == nullptr) show_begun(*t, self);
  return {t, work_origin::of_inbox(t->inboxes.home), &t->own_root, t->environment, self.pool};
}

bool has_in_reach(const reach& to, const job& j) noexcept {
  return &server_of(*j.home) == to.pool || j.home->group == to.group;
}

}  // namespace

found_work take_from_inboxes_of(inbox_group& group, std::uint32_t turn) noexcept {
  const bool home_first = turn % 2 == 0;
  if (home_first) {
    if (found_work f = take_from_inbox(group.home)) return f;
  }
  if (found_work f = take_from_siblings(group, turn / 2)) return f;
  return home_first ? found_work{} : take_from_inbox(group.home);
}

found_work find_foreground_work(participant_state& self, extent e) noexcept {
  return find_work_of(tier::foreground, self, e);
}

// Started work before new work: it holds memory, and a thread may wait for it. Every eighth look
// begins with the queue, because started work may never run out (F3). If such a look found the queue
// locked and took started work, the next one waits for the lock.
found_work find_background_work(participant_state& self, extent e) noexcept {
  // A look in vain of a thread that holds a place of `background_limit` has others look again.
  const patience usual =
      e == extent::all || self.pool->limits_background() ? patience::waits : patience::leaves;
  const std::uint32_t look = self.background_looks++;
  bool refused = false;
  if (look % 8 == 7) {
    const bool owed = std::exchange(self.owed_to_queue, false);
    if (found_work f = find_queued_work(self, look / 8, owed ? patience::waits : usual, refused)) {
      return f;
    }
  }
  if (found_work f = find_work_of(tier::background, self, e)) {
    if (refused) self.owed_to_queue = true;
    return f;
  }
  return find_queued_work(self, look, usual, refused);
}

found_work find_any_work(participant_state& self, extent e) noexcept {
  pool_state& pool = *self.pool;
  if (found_work f = own_job(self, self.jobs.pop())) return f;
  if (found_work f = find_foreground_work(self, e)) return f;
  if (!pool.limits_background()) return find_background_work(self, e);
  // A worker that finds all places taken wakes no other and relies on their holders to look again.
  // So a holder that has found no work looks again, too (S4b).
  while (is_there(tier::background, self) && pool.try_start_background()) {
    if (found_work f = find_background_work(self, e)) {
      f.holds_place = true;
      return f;
    }
    pool.end_background();
  }
  return {};
}

// A job that this bottom could not take again stays, and so do all older ones. The oldest is
// posted first: the newest is the one whose successors may never run out.
void hand_out(participant_state& self, participant::index base, const reach& to) noexcept {
  std::array<job*, handed_out_at_once> taken;
  std::size_t n = 0;
  while (n < taken.size() && self.jobs.bottom() > base) {
    job* const j = self.jobs.pop();
    if (j == nullptr) break;
    if (!has_in_reach(to, *j)) {
      self.push(*j);
      break;
    }
    taken[n++] = j;
  }
  // LAST TOUCH: what has been posted may run elsewhere.
  while (n-- > 0) post(*taken[n]->home, *taken[n]);
}

// The own deque first: while it holds a job, no other work may begin above it, which might wait
// for that job. Then the other sources, which take turns at being first (F2).
found_work find_own_work(participant_state& self, const wait_filter& filter, wait_turns& turns,
                         extent e) noexcept {
  job* const mine = take_own_job(self, filter.from, turns.own_jobs, reach_of(self, filter));
  if (found_work f = own_job(self, mine)) return f;
  const inbox* own = filter.inboxes != nullptr ? &filter.inboxes->home : nullptr;
  const auto allowed = [&](participant_state& victim, participant::index at) {
    if (filter.whole_root != nullptr) {
      // [acquire: origin.change] all jobs in the deque are of one root.
      return victim.working_for.load(std::memory_order_acquire).is(filter.whole_root);
    }
    return element_descends(victim, at, self, filter.from, own);
  };
  injector& ready = self.pool->ready;
  const std::uint32_t look = turns.looks++;
  const std::uint32_t turn = look / 3;
  for (std::uint32_t k = 0; k < 3; ++k) {
    const std::uint32_t source = (look + k) % 3;
    found_work f;
    if (source == 0) {
      if (filter.inboxes != nullptr) f = take_from_inboxes(filter, turn);
    } else if (source == 1) {
      f = steal(self, turn, e, allowed);
    } else if (filter.whole_root != nullptr && !ready.empty(tier::foreground)) {
      f = ready.pop_of(*filter.whole_root);
    }
    if (f) return f;
  }
  return {};
}

found_work find_work_served_elsewhere(const pool_state& pool) noexcept {
  if (has_workers(pool)) return {};
  found_work f;
  any_other_pool(pool, [&](pool_state& other) {
    if (!other.ready.empty()) f = other.ready.pop_on(pool);
    return static_cast<bool>(f);
  });
  return f;
}

bool is_there(tier t, participant_state& self, extent e) noexcept {
  const pool_state& pool = *self.pool;
  if (!pool.ready.empty(t) || (t == tier::background && !pool.background.empty())) return true;
  const bool all = e == extent::all;
  unsigned left = all ? registry::capacity : some_deques;
  bool found = false;
  pool.participants.any(all ? self.next_random() : self.brief_looks++ * std::uint64_t{some_deques},
                        [&](const participant_state& p) {
                          found = p.jobs.peek_oldest().element != nullptr && is_of(t, p);
                          return found || --left == 0;
                        });
  return found;
}

bool more_to_take(participant_state& self) noexcept {
  return is_there(tier::foreground, self) ||
         (self.pool->may_start_background() && is_there(tier::background, self));
}

}  // namespace micropool::detail
