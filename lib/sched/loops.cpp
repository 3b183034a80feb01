// SPDX-License-Identifier: MIT OR Apache-2.0
#include "loops.hpp"

#include "enough_stack.hpp"
#include "fiber_host.hpp"
#include "find_work.hpp"
#include "run_job.hpp"
#include "sleep.hpp"
#include "spin.hpp"
#include "visit.hpp"

#include <micropool/detail/sched/suspension.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <thread>
#include <utility>

namespace micropool::detail {
namespace {

// Blocks until there is work. Returns none if the pool ends and nothing is left. Requires that the
// worker counts as searching.
found_work search(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  spin spinner(pool.options.idle_spin, pool.workers.size());
  for (;;) {
    if (spinner.looks()) {
      if (found_work f = find_any_work(self, extent::some)) return f;
    }
    // [acquire: idle.publish] what the stopping thread did before.
    if (pool.ending.load(std::memory_order_acquire)) return {};
    if (spinner.once()) continue;
    if (found_work f = sleep_as_worker(self)) return f;
    spinner.restart();
  }
}

// The same for a worker that counts as searching already, or does not. The counts are one cache line
// of the whole pool, so a worker that finds something at its first look leaves them alone: no
// publisher relies on it meanwhile.
found_work next_work(participant_state& self, bool counted) noexcept {
  if (!counted) {
    if (found_work f = find_any_work(self, extent::some)) return f;
    start_searching(*self.pool);
  }
  const found_work f = search(self);
  stop_searching(self);
  return f;
}

// Takes the next job that the present work unit has left in the deque. Between two jobs of the
// background tier the worker yields to the foreground: then the rest is posted to the inboxes
// where it is waited for, and the work unit is over. Left in the deque below other work, the rest
// would be out of reach of the threads that wait for it.
job* next_own_job(participant_state& self, std::uint32_t& taken) noexcept {
  job* j = take_own_job(self, self.base.load(std::memory_order_relaxed), taken, {self.pool});
  const bool background = self.working_for.load(std::memory_order_relaxed).background();
  if (j == nullptr || !background || !is_there(tier::foreground, self, extent::some)) return j;
  for (; j != nullptr; j = self.jobs.pop()) post(*j->home, *j);
  return nullptr;
}

void run_work_unit(participant_state& self, const found_work& f) noexcept {
  begin_work(self, f);
  self.run.yields_to_foreground = self.working_for.load(std::memory_order_relaxed).background();
  run_job(self, *f.work);
  std::uint32_t taken = 0;
  while (job* mine = next_own_job(self, taken)) run_job(self, *mine);
}

}  // namespace

void worker_loop(participant_state& self, bool searching) noexcept {
  const float_environment own = float_environment::here();
  const bottom here(self);
  while (found_work f = next_work(self, std::exchange(searching, false))) {
    self.holds_place = f.holds_place;
    if (f.pool == self.pool) [[likely]] {
      run_work_unit(self, f);
    } else {
      // A job of a pool without workers (serving.hpp).
      run_as_visitor(f, {self.pool});
    }
    if (std::exchange(self.holds_place, false)) self.pool->end_background();
  }
  // What the hook at the end does belongs to no work that has ended by now.
  begin_work(self, {nullptr, work_origin(), &self.own_root, own, self.pool});
  self.run.yields_to_foreground = false;
}

namespace {

void run_found(participant_state& self, const found_work& f, const wait_filter& filter) noexcept {
  self.jobs_helped.add();
  // A coroutine of this call may have migrated to another pool, whose threads have not taken it.
  // And a background task that is waited for may belong to another root, because it has other
  // waiters, or may have been spawned in another floating-point environment (L4).
  const bool same_kind = f.pool == self.pool &&
                         tag_of(*f.belongs_to) == self.working_for.load(std::memory_order_relaxed) &&
                         f.environment == self.environment.load(std::memory_order_relaxed);
  if (!same_kind) return run_as_visitor(f, {nullptr, filter.inboxes});
  const nested_work work(self, f);
  run_job(self, *f.work);
}

// F4: runs the jobs that find_own_work() would find first. They belong to the present work unit, so
// nothing has to change for them.
void run_in_a_row(participant_state& self, const latch& done, const wait_filter& filter) noexcept {
  const reach within_reach = reach_of(self, filter);
  std::uint32_t taken = 0;
  std::uint64_t ran = 0;
  while (!done.is_set()) {
    job* const mine = take_own_job(self, filter.from, taken, within_reach);
    if (mine == nullptr) break;
    run_job(self, *mine);
    ++ran;
  }
  self.jobs_helped.add(ran);
}

// Returns true if no other thread of this process takes part in the pool at present.
bool is_alone(const participant_state& self) noexcept {
  using rest = participant_state::rest;
  return !self.pool->participants.any(0, [&](const participant_state& p) {
    if (&p == &self || p.resting.load(std::memory_order_relaxed) == rest::as_worker) return false;
    return p.is_worker || !p.working_for.load(std::memory_order_relaxed).none();
  });
}

// In a child of fork(): threads that exist only in the parent had stolen a part of this wait. If
// they had completed it before the fork, other threads may be running the rest, so the wait
// continues as long as there are others. Returns what is left to run.
found_work wait_after_fork(participant_state& self, const latch& done,
                           const wait_filter& filter, wait_turns& turns) noexcept {
  if (!is_alone(self)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return {};
  }
  // Looks once more, for what others did before they left.
  if (done.is_set()) return {};
  if (found_work f = find_own_work(self, filter, turns)) return f;
  std::fputs(
      "micropool: a call (join, scope, loop or sync_wait) that was under way when this process was "
      "made by fork() waits for a part of it that another thread had taken; that thread runs in the "
      "parent only. Leave the child by _exit() or exec() before the call ends, or fork outside of "
      "calls\n",
      stderr);
  std::terminate();
}

void help_here(participant_state& self, latch& done, const wait_filter& filter) noexcept {
  spin spinner(self.pool->options.idle_spin, self.pool->workers.size());
  wait_turns turns;
  while (!done.is_set()) {
    // A deque whose jobs were stolen keeps its bottom, so the index alone does not tell.
    if (self.jobs.bottom() > filter.from && self.jobs.peek_oldest().element != nullptr) {
      if (self.woken_for_job) [[unlikely]] forward_wakeup(self, filter);
      run_in_a_row(self, done, filter);
      spinner.restart();
    }
    found_work f = find_own_work(self, filter, turns, extent::some);
    if (!f) {
      if (spinner.once()) continue;
      if (filter.from < self.lost_below) [[unlikely]] {
        f = wait_after_fork(self, done, filter, turns);
      } else {
        f = sleep_as_waiter(self, done, filter, turns);
      }
    }
    if (f) {
      if (self.woken_for_job) [[unlikely]] forward_wakeup(self, filter);
      run_found(self, f, filter);
    }
    spinner.restart();
  }
}

}  // namespace

void help(participant_state& self, latch& done, const wait_filter& filter) noexcept {
  if (done.is_set()) return;
  with_enough_stack_or_here(self, [&]() noexcept { help_here(self, done, filter); });
}

void help_until(const participation& here, latch& done, participant::index base) noexcept {
  // Read now, because the fiber may have resumed on another participant.
  if (fiber* f = this_fiber()) return wait_for(*f, done);
  auto& self = state_of(here.self());
  const bottom b(self);
  help(self, done, {base, nullptr, here.whole_root()});
}

void help_until_done(const participation& here, blocked_call& call,
                     participant::index base) noexcept {
  auto& self = state_of(here.self());
  const bottom b(self);
  help(self, call.done, {base, &call, here.whole_root()});
}

void run_own_jobs(participant& p, participant::index base, modes of_code, bool give_way) noexcept {
  auto& self = state_of(p);
  if (self.jobs.bottom() <= base) return;
  with_enough_stack_or_here(self, [&self, base, of_code, give_way]() noexcept {
    const bottom here(self, of_code);
    for (std::uint32_t n = 0; n < own_jobs_in_a_row && self.jobs.bottom() > base; ++n) {
      if (give_way && foreground_waits(self)) break;
      job* mine = self.jobs.pop();
      if (mine == nullptr) break;
      run_job(self, *mine);
    }
  });
}

bool foreground_waits(participant& p) noexcept {
  auto& self = state_of(p);
  // A look costs as much as several fine forks, so it is taken every six microseconds (on x86).
  constexpr std::uint64_t ticks_per_look = 16384;
  const std::uint64_t now = cpu_ticks();
  if (now - self.looked_at < ticks_per_look) return false;
  self.looked_at = now;
  return self.working_for.load(std::memory_order_relaxed).background() &&
         is_there(tier::foreground, self);
}

void wake_waiter(void* waiter) noexcept {
  static_cast<participant_state*>(waiter)->own_parker.unpark();
}

void wake_joiner(void* waiter, participant& by) noexcept {
  if (frame* host = host_of(waiter)) {
    resume_parent(*host, by);
  } else {
    wake_waiter(waiter);
  }
}

}  // namespace micropool::detail
