// SPDX-License-Identifier: MIT OR Apache-2.0
#include "help_loop.hpp"

#include "fiber_host.hpp"
#include "run_job.hpp"
#include "sleep.hpp"
#include "spin.hpp"
#include "visit.hpp"

#include <micropool/detail/sched/scheduler.hpp>

namespace micropool::detail {
namespace {

void run_found(participant_state& self, const found_work& f) noexcept {
  self.jobs_helped.add();
  // A coroutine of this call may have moved to another pool, whose threads have not taken it; and a
  // background task that is waited for may belong to another root, since others wait for it too.
  const bool mixes = f.pool == self.pool &&
                     tag_of(*f.belongs_to) == self.working_for.load(std::memory_order_relaxed);
  if (!mixes) return run_as_visitor(f);
  const nested_stint stint(self, f);
  run_job(self, *f.work);
}

}  // namespace

void help(participant_state& self, latch& done, const wait_filter& filter) noexcept {
  spin patience(self.pool->options.idle_spin);
  while (!done.is_set()) {
    found_work f = find_own_work(self, filter);
    if (!f) {
      if (patience.once()) continue;
      f = sleep_as_waiter(self, done, filter);
    }
    if (f) {
      if (self.relied_on) [[unlikely]] hand_on(self, filter);
      run_found(self, f);
    }
    patience.restart();
  }
}

void help_until(const participation& here, latch& done, participant::index base) noexcept {
  // Asked now, since the fiber may have come to another participant.
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

void run_own_jobs(participant& p, participant::index base, bool give_way) noexcept {
  auto& self = state_of(p);
  const bottom here(self);
  while (self.jobs.bottom() > base) {
    if (give_way && foreground_waits(self)) break;
    job* mine = self.jobs.pop();
    if (mine == nullptr) break;
    run_job(self, *mine);
  }
}

bool foreground_waits(participant& p) noexcept {
  auto& self = state_of(p);
  // A look costs as much as several fine forks, so not at every one: every six microseconds on x86.
  constexpr std::uint64_t ticks_per_look = 16384;
  const std::uint64_t now = cpu_ticks();
  if (now - self.looked_at < ticks_per_look) return false;
  self.looked_at = now;
  return self.working_for.load(std::memory_order_relaxed).background() &&
         is_there(tier::foreground, self);
}

namespace {

struct waiting_for_one : completion {
  explicit waiting_for_one(blocked_call& c) noexcept : completion(1, &child_ended), call(c) {}
  static void child_ended(completion& c, participant& p) noexcept {
    // LAST TOUCH: the caller may have returned.
    finish(static_cast<waiting_for_one&>(c).call, p);
  }
  blocked_call& call;
};

}  // namespace

void run_to_end(frame& f, const participation& here) noexcept {
  auto& self = state_of(here.self());
  blocked_call call(*self.pool, current_root(self));
  waiting_for_one end(call);
  f.up = &end;
  f.home = &call.home;
  const participant::index base = self.jobs.bottom();
  const bottom b(self);
  f.runner = &self;
  f.handle().resume();
  if (!self.unwinding) return;
  resume_next(self);
  help(self, call.done, {base, &call, here.whole_root()});
}

}  // namespace micropool::detail
