// SPDX-License-Identifier: MIT OR Apache-2.0
// The life of a worker: search, run, search again; sleep when there is nothing for long.
#include "run_job.hpp"
#include "sleep.hpp"
#include "spin.hpp"

namespace micropool::detail {
namespace {

// Searches until there is work; empty when the pool ends and nothing is left.
found_work search(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  spin patience(pool.options.idle_spin);
  for (;;) {
    if (found_work f = find_any_work(self)) return f;
    // [acquire: idle.publish] what the stopping thread did before.
    if (pool.ending.load(std::memory_order_acquire)) return {};
    if (patience.once()) continue;
    if (found_work f = sleep_as_worker(self)) return f;
    patience.restart();
  }
}

// What the present stint has left here. Between two jobs of the background tier the foreground
// comes first: then the rest goes to the inboxes where it is waited for, and the stint is over. It
// must not stay below other work, where those who wait for it could not reach it.
job* next_own_job(participant_state& self) noexcept {
  job* j = self.jobs.pop();
  const bool background = self.working_for.load(std::memory_order_relaxed).background();
  if (j == nullptr || !background || !is_there(tier::foreground, self)) return j;
  for (; j != nullptr; j = self.jobs.pop()) post(*j->home, *j);
  return nullptr;
}

}  // namespace

void worker_loop(participant_state& self) noexcept {
  const bottom here(self);
  start_searching(*self.pool);
  while (found_work f = search(self)) {
    stop_searching(self);
    begin_stint(self, f);
    self.gives_way = self.working_for.load(std::memory_order_relaxed).background();
    run_job(self, *f.work);
    while (job* mine = next_own_job(self)) run_job(self, *mine);
    if (f.holds_place) self.pool->end_background();
    start_searching(*self.pool);
  }
  stop_searching(self);
  // What the hook at the end does belongs to nothing that has ended by now.
  begin_stint(self, {nullptr, stint(), &self.own_root, self.pool});
  self.gives_way = false;
}

}  // namespace micropool::detail
