// SPDX-License-Identifier: MIT OR Apache-2.0
#include "worker_loop.hpp"

#include "find_work.hpp"
#include "run_job.hpp"
#include "sleep.hpp"
#include "spin.hpp"
#include "visit.hpp"

namespace micropool::detail {
namespace {

// Blocks until there is work. Returns none if the pool ends and nothing is left.
found_work search(participant_state& self) noexcept {
  pool_state& pool = *self.pool;
  spin spinner(pool.options.idle_spin);
  for (;;) {
    if (found_work f = find_any_work(self)) return f;
    // [acquire: idle.publish] what the stopping thread did before.
    if (pool.ending.load(std::memory_order_acquire)) return {};
    if (spinner.once()) continue;
    if (found_work f = sleep_as_worker(self)) return f;
    spinner.restart();
  }
}

// Takes the next job that the present work unit has left in the deque. Between two jobs of the
// background tier the worker yields to the foreground: then the rest is posted to the inboxes
// where it is waited for, and the work unit is over. Left in the deque below other work, the rest
// would be out of reach of the threads that wait for it.
job* next_own_job(participant_state& self, std::uint32_t& taken) noexcept {
  job* j = take_own_job(self, self.base.load(std::memory_order_relaxed), taken, {self.pool});
  const bool background = self.working_for.load(std::memory_order_relaxed).background();
  if (j == nullptr || !background || !is_there(tier::foreground, self)) return j;
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
  if (!searching) start_searching(*self.pool);
  while (found_work f = search(self)) {
    stop_searching(self);
    self.holds_place = f.holds_place;
    if (f.pool == self.pool) [[likely]] {
      run_work_unit(self, f);
    } else {
      // A job of a pool without workers (serving.hpp).
      run_as_visitor(f, {self.pool});
    }
    if (std::exchange(self.holds_place, false)) self.pool->end_background();
    start_searching(*self.pool);
  }
  stop_searching(self);
  // What the hook at the end does belongs to no work that has ended by now.
  begin_work(self, {nullptr, work_origin(), &self.own_root, own, self.pool});
  self.run.yields_to_foreground = false;
}

}  // namespace micropool::detail
