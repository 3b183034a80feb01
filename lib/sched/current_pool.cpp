// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/sched/current_pool.hpp>

#include "end_event.hpp"
#include "fiber_host.hpp"
#include "thread_local_state.hpp"

#include <micropool/error.hpp>

#include <string>
#include <utility>

namespace micropool::detail {
namespace {

void require_running(const pool_state& pool) {
  // Code that the pool still waits for may continue to use the pool.
  if (const auto* self = this_thread().current; self != nullptr && self->pool == &pool) return;
  // [acquire: pool.stop] what the stopping thread did before.
  if (pool.stopping.load(std::memory_order_acquire)) {
    throw_pool_stopped(pool, "a call (install(), join(), scope(), a loop or the like)");
  }
}

}  // namespace

pool_installation::pool_installation(pool_state& pool) : fiber_(this_fiber()), before_{} {
  if (fiber_ != nullptr) {
    frame& host = fiber_->host;
    if (host.home->pool == &pool) return;
    if (has_workers(pool)) {
      const migration there = reserve_on(host, pool);
      // Its registration with the pool that it leaves is kept, so that it can return there.
      before_ = {host.home, std::exchange(host.is_migrant, false)};
      migrate(*fiber_, there);
      return;
    }
    fiber_ = nullptr;
  }
  require_running(pool);
  auto& t = this_thread();
  // The reference makes a pool that is destroyed meanwhile refuse calls instead of being gone.
  add_cached_ref(pool);
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    pool.installations.fetch_add(1, std::memory_order_relaxed);
  }
  participant_before_ = t.current;
  installed_before_ = t.installed;
  t.installed = &pool;
  if (t.current != nullptr && t.current->pool != &pool) t.current = nullptr;
}

pool_installation::~pool_installation() {
  if (before_.at != nullptr) migrate(*fiber_, before_);
  if (fiber_ != nullptr) return;
  auto& t = this_thread();
  t.current = participant_before_ != nullptr ? &state_of(*participant_before_) : nullptr;
  pool_state& pool = *std::exchange(t.installed, installed_before_);
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    // [seq_cst: pool.stop] the end of the pool sees this, or this thread sees that the pool stops.
    pool.installations.fetch_sub(1, std::memory_order_seq_cst);
    // [seq_cst: pool.stop] the other half.
    if (pool.stopping.load(std::memory_order_seq_cst)) report_end_event();
  }
  release_to_cache(pool);
}

void throw_pool_stopped(const pool_state& pool, const char* call) {
  throw pool_stopped(std::string("micropool: ") + call + " on " + name_of(pool) +
                     ", which has shut down; call it before ~thread_pool or shutdown() begins, or "
                     "use another pool");
}

}  // namespace micropool::detail
