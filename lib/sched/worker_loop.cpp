// SPDX-License-Identifier: MIT OR Apache-2.0
// The life of a worker: search, run, search again; sleep when there is nothing for long.
#include "run_job.hpp"
#include "sleep.hpp"
#include "spin.hpp"

namespace micropool::detail {
namespace {

// Searches until there is work; empty when the pool stops and nothing is left.
found_work search(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  spin patience(pool.options.idle_spin);
  for (;;) {
    if (found_work f = find_any_work(self)) return f;
    // [acquire: pool.stop] what the stopping thread did before.
    if (pool.stopping.load(std::memory_order_acquire)) return {};
    if (patience.once()) continue;
    if (found_work f = sleep_as_worker(self)) return f;
    patience.restart();
  }
}

}  // namespace

void worker_loop(participant_state& self) noexcept {
  const bottom here(self);
  start_searching(*self.pool);
  while (found_work f = search(self)) {
    stop_searching(self);
    begin_stint(self, f);
    run_job(self, *f.work);
    while (job* mine = self.jobs.pop()) run_job(self, *mine);
    start_searching(*self.pool);
  }
  stop_searching(self);
}

}  // namespace micropool::detail
