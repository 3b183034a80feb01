// SPDX-License-Identifier: MIT OR Apache-2.0
#include "visit.hpp"

#include "run_job.hpp"
#include "thread_local_state.hpp"

#include <micropool/detail/sched/scheduler.hpp>

namespace micropool::detail {

namespace {

void visit(const found_work& f) noexcept {
  const participation there(participation::visit{}, *f.pool);
  auto& self = state_of(there.self());
  const bottom here(self);
  const participant::index base = self.jobs.bottom();
  const nested_stint stint(self, f);
  run_job(self, *f.work);
  run_own_jobs(self, base);
}

}  // namespace

void run_as_visitor(const found_work& f) noexcept {
  // The job may be what the pool's end waits for, and this thread may not belong to the pool.
  pool_state& pool = *f.pool;
  keep_from_stock(pool);
  visit(f);
  drop_to_stock(pool);
}

}  // namespace micropool::detail
