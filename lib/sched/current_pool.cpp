// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/detail/sched/current_pool.hpp>

#include "fiber_host.hpp"
#include "thread_local_state.hpp"

#include <micropool/error.hpp>

namespace micropool::detail {

pool_installation::pool_installation(pool_state& pool)
    : fiber_(this_fiber()), home_before_(nullptr) {
  if (fiber_ != nullptr) {
    inbox* const home = fiber_->host.home;
    if (home->pool == &pool) return;
    if (has_workers(pool)) {
      go_on_at(*fiber_, inbox_on(fiber_->host, pool));
      home_before_ = home;
      return;
    }
    fiber_ = nullptr;
  }
  auto& t = this_thread();
  participant_before_ = t.current;
  installed_before_ = t.installed;
  t.installed = &pool;
  if (t.current != nullptr && t.current->pool != &pool) t.current = nullptr;
}

pool_installation::~pool_installation() {
  if (home_before_ != nullptr) go_on_at(*fiber_, *home_before_);
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

void require_running(const pool_state& pool) {
  // What the pool still waits for may go on using it.
  if (const auto* self = this_thread().current; self != nullptr && self->pool == &pool) return;
  // [acquire: pool.stop] what the stopping thread did before.
  if (pool.stopping.load(std::memory_order_acquire)) {
    throw_pool_stopped();
  }
}

}  // namespace micropool::detail
