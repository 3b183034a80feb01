// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sleep.hpp"

#include "all_pools.hpp"

namespace micropool::detail {
namespace {

using rest = participant_state::rest;

// Wakes one sleeping worker, which then counts as searching. False if none sleeps.
bool wake_worker(pool_state& pool, std::uint64_t start) noexcept {
  return pool.participants.any(start, [&](participant_state& w) {
    if (!w.is_worker || w.resting.load(std::memory_order_relaxed) != rest::as_worker) return false;
    rest expected = rest::as_worker;
    // [acq_rel: sleep.claim] a sleeper is woken by one only.
    if (!w.resting.compare_exchange_strong(expected, rest::claimed, std::memory_order_acq_rel)) {
      return false;
    }
    // [seq_cst: idle.publish] it is on its way: who publishes next need not wake another.
    pool.idle.fetch_add(pool_state::one_searching - pool_state::one_sleeping,
                        std::memory_order_seq_cst);
    // [release: sleep.claim] only now: it counts itself out of the search when it finds work.
    w.resting.store(rest::awake, std::memory_order_release);
    w.bed.unpark();
    return true;
  });
}

// May a sleeping worker take work of that root at present? If not, whoever gives a place back
// searches next, and S5 hands on.
bool may_take(const pool_state& pool, root_tag belongs_to) noexcept {
  return !belongs_to.background() || pool.may_start_background();
}

// For publishers that are no participants. A worker that searches will see what was published.
void wake_worker_unless_searching(pool_state& pool) noexcept {
  // [seq_cst: idle.publish] after the count of what was published.
  const std::uint64_t idle = pool.idle.load(std::memory_order_seq_cst);
  if (pool_state::searching(idle) > 0 || pool_state::sleeping(idle) == 0) return;
  if (wake_worker(pool, 0)) pool.wakeups_posted.fetch_add(1, std::memory_order_relaxed);
}

// Wakes one blocked caller that `accepts`. False if there is none.
template <class Accepts>
bool wake_waiter_if(pool_state& pool, std::uint64_t start, Accepts&& accepts) noexcept {
  return pool.participants.any(start, [&](participant_state& w) {
    // [acquire: sleep.filter] what it sleeps for.
    if (w.resting.load(std::memory_order_acquire) != rest::as_waiter || !accepts(w)) return false;
    rest expected = rest::as_waiter;
    // [acq_rel: sleep.claim] a sleeper is woken by one only.
    if (!w.resting.compare_exchange_strong(expected, rest::awake, std::memory_order_acq_rel)) {
      return false;
    }
    pool.sleeping_waiters.fetch_sub(1, std::memory_order_relaxed);
    // It may have begun another sleep since the first look: then it is woken for nothing, and the
    // search goes on.
    const bool right = accepts(w);
    w.bed.unpark();
    return right;
  });
}

// For publishers that are no participants: wakes one blocked caller that `accepts`.
template <class Accepts>
bool wake_caller_if(pool_state& pool, Accepts&& accepts) noexcept {
  // [seq_cst: idle.publish] after the count of what was published.
  if (pool.sleeping_waiters.load(std::memory_order_seq_cst) == 0) return false;
  if (!wake_waiter_if(pool, 0, accepts)) return false;
  pool.wakeups_posted.fetch_add(1, std::memory_order_relaxed);
  return true;
}

// The caller who owns that root, if it looks into this pool.
bool wake_owner_of(pool_state& pool, root_tag r) noexcept {
  return wake_caller_if(pool, [r](const participant_state& w) {
    return r.is(w.waits_for_root.load(std::memory_order_relaxed));
  });
}

bool wake_waiter_for(const participant_state& pusher, std::uint64_t start) noexcept {
  return wake_waiter_if(*pusher.pool, start, [&](const participant_state& w) {
    return accepts_pushes_of(pusher, w, w.waits_from.load(std::memory_order_relaxed),
                             w.waits_for_inbox.load(std::memory_order_relaxed),
                             w.waits_for_root.load(std::memory_order_relaxed));
  });
}

// A token left over from an earlier wake-up ends the park early; only a claim ends the sleep.
void sleep_until_claimed(participant_state& self) noexcept {
  // [acquire: sleep.claim] what the waker published.
  while (self.resting.load(std::memory_order_acquire) != rest::awake) self.bed.park();
}

// S2 and S3: everybody's next push looks whether we sleep, and what was pushed before is visible.
void raise_hints(pool_state& pool) noexcept {
  // [seq_cst: idle.publish] before the hints: who lowers its hint after this sees the change.
  pool.bedtimes.fetch_add(1, std::memory_order_seq_cst);
  pool.participants.each([](participant_state& p) {
    // [release: sleep.hint] the count of sleepers is visible to whoever sees the hint.
    p.sleeper_hint.store(true, std::memory_order_release);
  });
  heavy_fence();
}

}  // namespace

void start_searching(pool_state& pool) noexcept {
  // [seq_cst: idle.publish] from now on publishers rely on us.
  pool.idle.fetch_add(pool_state::one_searching, std::memory_order_seq_cst);
}

void stop_searching(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  // [seq_cst: idle.publish] before the look at what is left: a publisher that still saw us search
  // has published before it.
  const std::uint64_t before =
      pool.idle.fetch_sub(pool_state::one_searching, std::memory_order_seq_cst);
  if (pool_state::searching(before) != 1) return;
  // S5: the last one to stop hands the search on if there is something to find.
  if (pool_state::sleeping(before) > 0 && more_to_take(self)) {
    // [seq_cst: idle.publish] its publisher may have woken somebody by now.
    if (pool_state::searching(pool.idle.load(std::memory_order_seq_cst)) > 0) return;
    if (wake_worker(pool, self.next_random())) self.wakeups_sent.add();
    // [seq_cst: idle.publish] as above, for callers that publishers left asleep because of us.
  } else if (pool.sleeping_waiters.load(std::memory_order_seq_cst) > 0) {
    const bool woken = pool.participants.any(self.next_random(), [&](participant_state& p) {
      return p.jobs.sight().element != nullptr && wake_waiter_for(p, self.next_random());
    });
    if (woken) self.wakeups_sent.add();
  }
}

found_work sleep_as_worker(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  self.resting.store(rest::as_worker, std::memory_order_relaxed);
  // [seq_cst: idle.publish] S1: counted as a sleeper before the last look.
  pool.idle.fetch_add(pool_state::one_sleeping - pool_state::one_searching,
                      std::memory_order_seq_cst);
  raise_hints(pool);
  const found_work last_look = find_any_work(self);
  // [seq_cst: idle.publish] against the flag that is set before everybody is woken.
  if (last_look || pool.ending.load(std::memory_order_seq_cst)) {
    rest expected = rest::as_worker;
    // [acq_rel: sleep.claim] unless somebody has woken us already; then its token is on the way.
    if (self.resting.compare_exchange_strong(expected, rest::awake, std::memory_order_acq_rel)) {
      // [seq_cst: idle.publish] searching again.
      pool.idle.fetch_add(pool_state::one_searching - pool_state::one_sleeping,
                          std::memory_order_seq_cst);
    } else {
      sleep_until_claimed(self);
    }
    return last_look;
  }
  self.sleeps.add();
  sleep_until_claimed(self);
  return {};
}

found_work sleep_as_waiter(participant_state& self, latch& done,
                           const wait_filter& filter) noexcept {
  pool_state& pool = *self.pool;
  self.waits_from.store(filter.base, std::memory_order_relaxed);
  self.waits_for_inbox.store(filter.inboxes != nullptr ? &filter.inboxes->home : nullptr,
                             std::memory_order_relaxed);
  self.waits_for_root.store(filter.whole_root, std::memory_order_relaxed);
  // [seq_cst: idle.publish] S1: counted as a sleeper before the last look.
  pool.sleeping_waiters.fetch_add(1, std::memory_order_seq_cst);
  // [release: sleep.filter] what we sleep for comes before the sleep.
  self.resting.store(rest::as_waiter, std::memory_order_release);
  raise_hints(pool);
  found_work last_look;
  if (done.announce(&self)) {
    last_look = find_own_work(self, filter);
    if (!last_look) {
      self.sleeps.add();
      self.bed.park();
    }
    done.retract(&self);
  }
  rest expected = rest::as_waiter;
  // [acq_rel: sleep.claim] whoever ends the sleep counts it down.
  if (self.resting.compare_exchange_strong(expected, rest::awake, std::memory_order_acq_rel)) {
    pool.sleeping_waiters.fetch_sub(1, std::memory_order_relaxed);
  } else {
    self.relied_on = true;
  }
  return last_look;
}

void hand_on(participant_state& self, const wait_filter& filter) noexcept {
  self.relied_on = false;
  const auto wake_next = [&](pool_state& pool) {
    if (pool.ready.empty()) return false;
    const bool all = filter.inboxes != nullptr && pool.ready.wake_waiter_above(filter.inboxes);
    if (!all) wake_worker_unless_searching(pool);
    return false;
  };
  wake_next(*self.pool);
  any_other_pool(*self.pool, wake_next);
}

void notify_pushed(participant& p) noexcept {
  auto& self = state_of(p);
  pool_state& pool = *self.pool;
  // What was pushed takes its place before the count that we read next.
  self.jobs.republish();
  // [seq_cst: idle.publish] S4: read before looking, to see whether somebody came in between.
  const std::uint64_t bedtimes = pool.bedtimes.load(std::memory_order_seq_cst);
  // [seq_cst: idle.publish] somebody who searches will see the push.
  const std::uint64_t idle = pool.idle.load(std::memory_order_seq_cst);
  if (pool_state::searching(idle) > 0) return;
  const bool workers_sleep = pool_state::sleeping(idle) > 0;
  if (workers_sleep && may_take(pool, self.working_for.load(std::memory_order_relaxed))) {
    if (wake_worker(pool, self.next_random())) self.wakeups_sent.add();
    return;
  }
  // [seq_cst: idle.publish] blocked callers are woken only where no worker is to be had.
  if (pool.sleeping_waiters.load(std::memory_order_seq_cst) > 0 &&
      wake_waiter_for(self, self.next_random())) {
    self.wakeups_sent.add();
    return;
  }
  // A place in the background tier may come free while they sleep.
  if (workers_sleep || !heavy_fence_works()) return;
  // [seq_cst: sleep.hint] S4: nobody to wake. Lower the hint, then look whether somebody raised it
  // in vain: a sleeper moves the count before it raises hints.
  self.sleeper_hint.exchange(false, std::memory_order_seq_cst);
  // [seq_cst: idle.publish] as above.
  if (pool.bedtimes.load(std::memory_order_seq_cst) != bedtimes) {
    self.sleeper_hint.store(true, std::memory_order_relaxed);
  }
}

// Callers first, which push() has done: they have nothing else to do, while a worker that searches
// may find something else and leave the call without a thread. Then the one that owns the root: the
// other way round it might be woken for what only the caller can reach.
void notify_posted(pool_state& pool, const posted& what) noexcept {
  if (what.waiter_woken || wake_owner_of(pool, what.belongs_to)) return;
  if (may_take(pool, what.belongs_to)) wake_worker_unless_searching(pool);
}

bool wake_waiter_of(pool_state& pool, const inbox& home) noexcept {
  return wake_caller_if(pool, [&](const participant_state& w) {
    return w.waits_for_inbox.load(std::memory_order_relaxed) == &home;
  });
}

void notify_spawned(pool_state& pool) noexcept {
  if (pool.may_start_background()) wake_worker_unless_searching(pool);
}

void wake_everybody(pool_state& pool) noexcept {
  // [seq_cst: idle.publish] whoever is not yet counted as a sleeper will see the flag.
  pool.idle.fetch_add(0, std::memory_order_seq_cst);
  while (wake_worker(pool, 0)) {
  }
}

}  // namespace micropool::detail
