// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/sched/lodging.hpp>

#include "pool_state.hpp"
#include "thread_local_state.hpp"

#include <micropool/detail/sched/suspension.hpp>

namespace micropool::detail {

lodging lodge(const frame& f, pool_state& pool) {
  inbox& at = inbox_on(f, pool);
  if (f.home->group->home.pool == &pool) return {&at, false};
  // [seq_cst: pool.stop] a stopping pool sees this lodger, or the lodger sees that it stops.
  pool.lodgers.fetch_add(1, std::memory_order_seq_cst);
  // [seq_cst: pool.stop] the other half.
  if (pool.stopping.load(std::memory_order_seq_cst)) [[unlikely]] {
    give_up_lodging(pool);
    throw_pool_stopped();
  }
  return {&at, true};
}

void go_over(frame& f, lodging there) noexcept {
  const suspension s(f);
  // This thread takes part in the pool that is left, which therefore stays.
  if (f.lodges) give_up_lodging(*f.home->pool);
  f.home = there.at;
  f.lodges = there.counted;
  // LAST TOUCH: from here on the frame may run elsewhere.
  post(*there.at, f);
}

void give_up_lodging(pool_state& pool) noexcept {
  // [release: pool.drain] after all that the lodger has done here.
  pool.lodgers.fetch_sub(1, std::memory_order_release);
}

}  // namespace micropool::detail
