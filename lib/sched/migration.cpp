// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/sched/migration.hpp>

#include "end_event.hpp"
#include "pool_state.hpp"
#include "thread_local_state.hpp"

#include <micropool/detail/sched/suspension.hpp>

namespace micropool::detail {

migration reserve_on(const frame& f, pool_state& pool) {
  inbox& at = inbox_on(f, pool);
  if (f.home->group->home.pool == &pool) return {&at, false};
  // [seq_cst: pool.stop] a stopping pool sees this migrant, or the migrant sees that the pool
  // stops.
  pool.migrants.fetch_add(1, std::memory_order_seq_cst);
  // [seq_cst: pool.stop] the other half.
  if (pool.stopping.load(std::memory_order_seq_cst)) [[unlikely]] {
    release_reservation(pool);
    throw_pool_stopped(pool, "co_await of resume_on(), or of what a member has returned,");
  }
  return {&at, true};
}

void migrate(frame& f, migration there) noexcept {
  const suspension s(f);
  // This thread takes part in the pool that the frame leaves, so that pool stays.
  if (f.is_migrant) release_reservation(*f.home->pool);
  f.home = there.at;
  f.is_migrant = there.counted;
  // LAST TOUCH: from here on the frame may run elsewhere.
  post(*there.at, f);
}

void release_reservation(pool_state& pool) noexcept {
  const bool awaited = pool.stopping.load(std::memory_order_relaxed);
  // [release: pool.drain] after all that the migrant has done here.
  // LAST TOUCH: the pool may end.
  pool.migrants.fetch_sub(1, std::memory_order_release);
  if (awaited) [[unlikely]] report_end_event();
}

}  // namespace micropool::detail
