// SPDX-License-Identifier: MIT OR Apache-2.0
#include "visit.hpp"

#include "find_work.hpp"
#include "run_job.hpp"
#include "thread_local_state.hpp"

#include <micropool/detail/sched/scheduler.hpp>

namespace micropool::detail {

// The end of the pool may wait for this job, and this thread may not belong to the pool: then the
// slot keeps the pool's state.
void run_as_visitor(const found_work& f, const reach& within_reach) noexcept {
  const participation there(participation::visit{}, *f.pool);
  auto& self = state_of(there.self());
  const float_environment before = self.environment.load(std::memory_order_relaxed);
  const bottom here(self, there.modes_of_code());
  const participant::index base = self.jobs.bottom();
  const nested_work work(self, f);
  run_job(self, *f.work);
  std::uint32_t taken = 0;
  while (job* mine = take_own_job(self, base, taken, within_reach)) run_job(self, *mine);
  // Whatever the job has left: it may belong to another root.
  before.enter();
}

}  // namespace micropool::detail
