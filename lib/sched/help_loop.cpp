// SPDX-License-Identifier: MIT OR Apache-2.0
// A blocked caller: helps with what it waits for, one job at a time, and looks up in between.
#include "run_job.hpp"
#include "sleep.hpp"
#include "spin.hpp"

#include <micropool/detail/sched/scheduler.hpp>

namespace micropool::detail {
namespace {

// A coroutine of this call has moved to another pool, and that pool's threads have not taken it:
// this thread becomes a guest there for one job and what it pushes.
void run_elsewhere(const found_work& f) noexcept {
  const participation there(participation::visit{}, *f.pool);
  auto& self = state_of(there.self());
  const bottom here(self);
  const participant::index base = self.jobs.bottom();
  const nested_stint stint(self, f);
  run_job(self, *f.work);
  run_own_jobs(self, base);
}

void run_found(participant_state& self, const found_work& f) noexcept {
  self.jobs_helped.add();
  if (f.pool != self.pool) return run_elsewhere(f);
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
    if (f) run_found(self, f);
    patience.restart();
  }
}

void help_until(const participation& here, latch& done, participant::index base) noexcept {
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

void run_own_jobs(participant& p, participant::index base) noexcept {
  auto& self = state_of(p);
  const bottom here(self);
  while (self.jobs.bottom() > base) {
    job* mine = self.jobs.pop();
    if (mine == nullptr) break;
    run_job(self, *mine);
  }
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
