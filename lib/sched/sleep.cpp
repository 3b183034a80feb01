// SPDX-License-Identifier: MIT OR Apache-2.0
#include "sleep.hpp"

#include "all_pools.hpp"
#include "end_event.hpp"
#include "leapfrog.hpp"
#include "wait_graph.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace micropool::detail {
namespace {

using rest = participant_state::rest;

// Wakes one sleeping worker, which then counts as searching. Returns false if none sleeps.
bool wake_worker(pool_state& pool, std::uint64_t start) noexcept {
  return pool.participants.any_asleep(start, [&](participant_state& w) {
    rest expected = rest::as_worker;
    // [acq_rel: sleep.claim] a sleeper is woken by one only.
    if (!w.resting.compare_exchange_strong(expected, rest::claimed, std::memory_order_acq_rel)) {
      return false;
    }
    pool.participants.show_awake(w);
    // [seq_cst: idle.publish] it counts as searching before it runs: publishers rely on it.
    pool.idle.fetch_add(pool_state::one_searching - pool_state::one_sleeping,
                        std::memory_order_seq_cst);
    // [release: sleep.claim] after the counts: the worker counts itself out when it finds work.
    w.resting.store(rest::awake, std::memory_order_release);
    if (w.thread.load(std::memory_order_relaxed) == participant_state::thread_state::missing)
        [[unlikely]] {
      return pool.start_again(w);
    }
    w.own_parker.unpark();
    return true;
  });
}

// Returns true if a sleeping worker may take work of that root at present. If not, the worker that
// gives a place back searches next, and wakes others by S5.
bool may_take(const pool_state& pool, root_tag belongs_to) noexcept {
  return !belongs_to.background() || pool.may_start_background();
}

// Wakes a worker after a post or a spawn, unless one searches: that one will see what was
// published.
void wake_worker_unless_searching(pool_state& pool) noexcept {
  // [seq_cst: idle.publish] after the count of what was published.
  const std::uint64_t idle = pool.idle.load(std::memory_order_seq_cst);
  if (pool_state::searching(idle) > 0 || pool_state::sleeping(idle) == 0) return;
  if (wake_worker(pool, 0)) pool.wakeups_posted.fetch_add(1, std::memory_order_relaxed);
}

// Wakes one blocked participant that `accepts`. Returns false if there is none.
template <class Accepts>
bool wake_waiter_if(pool_state& pool, std::uint64_t start, Accepts&& accepts) noexcept {
  return pool.participants.any(start, [&](participant_state& w) {
    // [acquire: sleep.filter] what it sleeps for.
    // [seq_cst: idle.publish] after the count of what was published.
    if (w.resting.load(std::memory_order_seq_cst) != rest::as_waiter || !accepts(w)) return false;
    rest expected = rest::as_waiter;
    // [acq_rel: sleep.claim] a sleeper is woken by one only.
    if (!w.resting.compare_exchange_strong(expected, rest::awake, std::memory_order_acq_rel)) {
      return false;
    }
    pool.sleeping_waiters.fetch_sub(1, std::memory_order_relaxed);
    // It may have ended the sleep that was read and begun another one: then the wake-up is
    // useless, and the scan continues.
    const bool right = accepts(w);
    w.own_parker.unpark();
    return right;
  });
}

// Wakes one blocked participant that `accepts`, after a post. Returns false if none sleeps.
template <class Accepts>
bool wake_waiter_after_post(pool_state& pool, Accepts&& accepts) noexcept {
  // [seq_cst: idle.publish] after the count of what was published.
  if (pool.sleeping_waiters.load(std::memory_order_seq_cst) == 0) return false;
  if (!wake_waiter_if(pool, 0, accepts)) return false;
  pool.wakeups_posted.fetch_add(1, std::memory_order_relaxed);
  return true;
}

// Wakes the caller that owns that root, if it takes from this pool.
bool wake_owner_of(pool_state& pool, root_tag r) noexcept {
  return wake_waiter_after_post(pool, [r](const participant_state& w) {
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

// An old token ends the park early; only a claim ends the sleep.
void sleep_until_claimed(participant_state& self) noexcept {
  // [acquire: sleep.claim] what the waker published.
  while (self.resting.load(std::memory_order_acquire) != rest::awake) self.own_parker.park();
}

// S2 and S3: on return every participant's next push checks for sleepers, and what was pushed
// before is visible to this thread.
void raise_hints(pool_state& pool) noexcept {
  // [seq_cst: idle.publish] before the hints: a pusher that lowers its hint later sees the change.
  pool.sleep_epoch.fetch_add(1, std::memory_order_seq_cst);
  pool.participants.each([](participant_state& p) {
    // [release: sleep.hint] the count of sleepers is visible to a pusher that sees the hint.
    p.sleeper_hint.store(true, std::memory_order_release);
  });
  heavy_fence();
}

// S5b: a worker that was woken and has found work wakes two others if there is more, so that many
// sleepers are woken in a number of rounds that is the logarithm of theirs. Half of those that are
// awake may search at most: they find the next ones to wake, or there is no more work.
void wake_more(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  for (int n = 0; n < 2; ++n) {
    const std::uint64_t idle = pool.idle.load(std::memory_order_relaxed);
    const std::uint32_t asleep = pool_state::sleeping(idle);
    if (asleep == 0 || 2 * pool_state::searching(idle) + asleep >= pool.workers.size()) return;
    if (!more_to_take(self) || !wake_worker(pool, self.next_random())) return;
    self.wakeups_sent.add();
  }
}

}  // namespace

void start_searching(pool_state& pool) noexcept {
  // [seq_cst: idle.publish] from now on publishers rely on this worker.
  pool.idle.fetch_add(pool_state::one_searching, std::memory_order_seq_cst);
}

void stop_searching(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  const bool was_woken = std::exchange(self.was_woken, false);
  // [seq_cst: idle.publish] before the look at what is left: a publisher that still saw this
  // worker search has published before it.
  const std::uint64_t before =
      pool.idle.fetch_sub(pool_state::one_searching, std::memory_order_seq_cst);
  if (was_woken && pool_state::sleeping(before) > 1) wake_more(self);
  if (pool_state::searching(before) != 1) return;
  // S5: the last worker that stops searching hands the search over if there is something to find.
  if (pool_state::sleeping(before) > 0 && more_to_take(self)) {
    // [seq_cst: idle.publish] another publisher may have woken a worker by now.
    if (pool_state::searching(pool.idle.load(std::memory_order_seq_cst)) > 0) return;
    if (wake_worker(pool, self.next_random())) self.wakeups_sent.add();
    return;
  }
  // [seq_cst: idle.publish] as above, for waiters left asleep because a worker searched.
  if (pool.sleeping_waiters.load(std::memory_order_seq_cst) > 0) {
    const bool woken = pool.participants.any(self.next_random(), [&](participant_state& p) {
      return p.jobs.peek_oldest().element != nullptr && wake_waiter_for(p, self.next_random());
    });
    if (woken) self.wakeups_sent.add();
  }
}

found_work sleep_as_worker(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  self.resting.store(rest::as_worker, std::memory_order_relaxed);
  pool.participants.show_asleep(self);
  // [seq_cst: idle.publish] S1: counted as a sleeper before the last look.
  pool.idle.fetch_add(pool_state::one_sleeping - pool_state::one_searching,
                      std::memory_order_seq_cst);
  raise_hints(pool);
  const found_work last_look = find_any_work(self);
  // [seq_cst: idle.publish] against the flag that is set before all workers are woken.
  if (last_look || pool.ending.load(std::memory_order_seq_cst)) {
    rest expected = rest::as_worker;
    // [acq_rel: sleep.claim] unless a waker has claimed this worker; then its token is on the way.
    if (self.resting.compare_exchange_strong(expected, rest::awake, std::memory_order_acq_rel)) {
      pool.participants.show_awake(self);
      // [seq_cst: idle.publish] searching again.
      pool.idle.fetch_add(pool_state::one_searching - pool_state::one_sleeping,
                          std::memory_order_seq_cst);
    } else {
      sleep_until_claimed(self);
      self.was_woken = true;
    }
    return last_look;
  }
  self.sleeps.add();
  // The tasks that this worker has ended may have been the last.
  if (pool.stopping.load(std::memory_order_relaxed)) [[unlikely]] report_end_event();
  sleep_until_claimed(self);
  self.was_woken = true;
  return {};
}

// S1 to S3, as for a worker, except that the waiter is counted before `resting` says so (README, "A
// push and a waiter that falls asleep"). The latch is announced before the last look, so its setter unparks
// this thread from then on. If the setter or a waker comes after the sleep has ended, its unpark
// is left as an old token.
found_work sleep_as_waiter(participant_state& self, latch& done, const wait_filter& filter,
                           wait_turns& turns) noexcept {
  pool_state& pool = *self.pool;
  self.waits_from.store(filter.from, std::memory_order_relaxed);
  self.waits_for_inbox.store(filter.inboxes != nullptr ? &filter.inboxes->home : nullptr,
                             std::memory_order_relaxed);
  self.waits_for_root.store(filter.whole_root, std::memory_order_relaxed);
  // [seq_cst: idle.publish] S1: counted as a sleeper before the last look.
  pool.sleeping_waiters.fetch_add(1, std::memory_order_seq_cst);
  // [release: sleep.filter] what this waiter accepts is written before it can be found asleep.
  // [seq_cst: idle.publish] before the last look, also on a kernel without the heavy fence.
  self.resting.store(rest::as_waiter, std::memory_order_seq_cst);
  raise_hints(pool);
  found_work last_look;
  if (done.announce(&self)) {
    last_look = find_own_work(self, filter, turns);
    // Not all posters find a blind watcher, so it polls.
    if (!last_look && filter.inboxes != nullptr && is_blind(*filter.inboxes)) [[unlikely]] {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } else if (!last_look) {
      self.sleeps.add();
      self.own_parker.park();
    }
    done.retract(&self);
  }
  rest expected = rest::as_waiter;
  // [acq_rel: sleep.claim] the one that ends the sleep counts it down.
  if (self.resting.compare_exchange_strong(expected, rest::awake, std::memory_order_acq_rel)) {
    pool.sleeping_waiters.fetch_sub(1, std::memory_order_relaxed);
  } else {
    self.woken_for_job = true;
  }
  return last_look;
}

void forward_wakeup(participant_state& self, const wait_filter& filter) noexcept {
  self.woken_for_job = false;
  if (filter.inboxes != nullptr) forward_awaited(*filter.inboxes);
  const auto wake_next = [](pool_state& pool) {
    if (!pool.ready.empty()) wake_worker_unless_searching(pool);
    return false;
  };
  wake_next(*self.pool);
  any_other_pool(*self.pool, wake_next);
}

// S4: the slow path of a push, taken while the hint is raised. Wakes at most one sleeper; lowers
// the hint if there is none.
void notify_pushed(participant& p) noexcept {
  auto& self = state_of(p);
  pool_state& pool = *self.pool;
  // The push takes its place in the single order, before the count that is read next.
  self.jobs.republish();
  // [seq_cst: idle.publish] S4: the epoch before the counts, to tell whether a sleeper comes in
  // between.
  const std::uint64_t sleep_epoch = pool.sleep_epoch.load(std::memory_order_seq_cst);
  // [seq_cst: idle.publish] a worker that searches will see the push.
  const std::uint64_t idle = pool.idle.load(std::memory_order_seq_cst);
  const bool workers_search = pool_state::searching(idle) > 0;
  const bool workers_sleep = pool_state::sleeping(idle) > 0;
  // [seq_cst: root.lift] after the push: this sees a lift, or the lifter sees the job.
  if (!workers_search && workers_sleep &&
      may_take(pool, self.working_for.load(std::memory_order_seq_cst))) {
    if (wake_worker(pool, self.next_random())) self.wakeups_sent.add();
    return;
  }
  // [seq_cst: idle.publish] waiters are woken only if no worker can take the job.
  if (pool.sleeping_waiters.load(std::memory_order_seq_cst) > 0) {
    if (workers_search) return;
    if (wake_waiter_for(self, self.next_random())) {
      self.wakeups_sent.add();
      return;
    }
  }
  // Sleeping workers may get a place in the background tier later: the hint stays raised.
  if (workers_sleep || !heavy_fence_works()) return;
  // [seq_cst: sleep.hint] S4: no thread sleeps that this push could wake. Lowers the hint, then checks
  // whether a sleeper raised it in vain: a sleeper advances the epoch before it raises hints.
  self.sleeper_hint.exchange(false, std::memory_order_seq_cst);
  // [seq_cst: idle.publish] as above.
  if (pool.sleep_epoch.load(std::memory_order_seq_cst) != sleep_epoch) {
    self.sleeper_hint.store(true, std::memory_order_relaxed);
  }
}

// The waiters of the call come first, and push() has woken one if any sleeps: they run nothing but
// that call, while a worker that searches may find something else and leave the call without a
// thread. Then the caller that owns the root. If it came first, it might take another job of its
// root and leave the call's own waiter asleep.
// Workers come last.
void notify_posted(pool_state& pool, const post_result& what) noexcept {
  if (what.waiter_woken || wake_owner_of(pool, what.belongs_to)) return;
  if (may_take(pool, what.belongs_to)) wake_worker_unless_searching(pool);
}

bool wake_waiter_of(pool_state& pool, const inbox& home) noexcept {
  return wake_waiter_after_post(pool, [&](const participant_state& w) {
    return w.waits_for_inbox.load(std::memory_order_relaxed) == &home;
  });
}

void notify_spawned(pool_state& pool) noexcept {
  if (pool.may_start_background()) wake_worker_unless_searching(pool);
}

void wake_everybody(pool_state& pool) noexcept {
  // [seq_cst: idle.publish] a worker that is not yet counted as a sleeper will see the flag.
  pool.idle.fetch_add(0, std::memory_order_seq_cst);
  while (wake_worker(pool, 0)) {
  }
}

}  // namespace micropool::detail
