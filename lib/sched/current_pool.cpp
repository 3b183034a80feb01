// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/sched/current_pool.hpp>

#include "fiber_host.hpp"
#include "thread_local_state.hpp"

#include <micropool/error.hpp>

#include <utility>

namespace micropool::detail {
namespace {

void require_running(const pool_state& pool) {
  // What the pool still waits for may go on using it.
  if (const auto* self = this_thread().current; self != nullptr && self->pool == &pool) return;
  // [acquire: pool.stop] what the stopping thread did before.
  if (pool.stopping.load(std::memory_order_acquire)) {
    throw_pool_stopped();
  }
}

}  // namespace

pool_installation::pool_installation(pool_state& pool) : fiber_(this_fiber()), before_{} {
  if (fiber_ != nullptr) {
    frame& host = fiber_->host;
    if (host.home->pool == &pool) return;
    if (has_workers(pool)) {
      const lodging there = lodge(host, pool);
      // Its place at home is kept, so that it can go back there.
      before_ = {host.home, std::exchange(host.lodges, false)};
      go_over(*fiber_, there);
      return;
    }
    fiber_ = nullptr;
  }
  require_running(pool);
  auto& t = this_thread();
  participant_before_ = t.current;
  installed_before_ = t.installed;
  t.installed = &pool;
  if (t.current != nullptr && t.current->pool != &pool) t.current = nullptr;
}

pool_installation::~pool_installation() {
  if (before_.at != nullptr) go_over(*fiber_, before_);
  if (fiber_ != nullptr) return;
  auto& t = this_thread();
  t.current = participant_before_ != nullptr ? &state_of(*participant_before_) : nullptr;
  t.installed = installed_before_;
}

void throw_pool_stopped() {
  throw pool_stopped(
      "micropool: a call on a thread_pool that has shut down; make the call before shutdown(), or "
      "use another pool");
}

}  // namespace micropool::detail
