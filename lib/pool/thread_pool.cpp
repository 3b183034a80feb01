// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/thread_pool.hpp>

#include "../sched/options_check.hpp"
#include "../sched/thread_local_state.hpp"

#include <micropool/error.hpp>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

namespace micropool {

static_assert(thread_pool::max_threads == detail::max_threads);

thread_pool::thread_pool(pool_options options)
    : state_(detail::pool_state::create(std::move(options), this)) {}

thread_pool::thread_pool(detail::pool_state& adopted) noexcept : state_(&adopted) {}

thread_pool::~thread_pool() {
  if (state_->is_inside()) {
    std::fputs("micropool: ~thread_pool: a pool was destroyed by one of its own workers or from "
               "inside a call on it, which cannot wait for itself to end; destroy it outside\n",
               stderr);
    std::terminate();
  }
  state_->stop(false);
  state_->drop();
}

std::size_t thread_pool::num_threads() const noexcept { return *state_->options.num_threads; }

pool_stats thread_pool::stats() const {
  pool_stats all;
  all.tasks_ended = state_->tasks_ended();
  all.tasks_spawned = state_->background.pushed();
  all.wakeups_posted = state_->wakeups_posted.load(std::memory_order_relaxed);
  std::size_t guests = 0;
  state_->participants.each([&](const detail::participant_state& p) {
    participant_stats s;
    s.is_worker = p.is_worker;
    s.index = p.is_worker ? p.id : guests++;
    s.jobs_run = p.jobs_run.get();
    s.jobs_stolen = p.jobs_stolen.get();
    s.jobs_helped = p.jobs_helped.get();
    s.sleeps = p.sleeps.get();
    s.wakeups_sent = p.wakeups_sent.get();
    all.participants.push_back(s);
  });
  return all;
}

void thread_pool::shutdown(micropool::shutdown how) {
  if (state_->is_inside()) {
    throw std::logic_error(
        "micropool: thread_pool::shutdown was called by one of the pool's own workers or from "
        "inside a call on the pool, which cannot wait for itself to end; call it outside");
  }
  state_->stop(how == micropool::shutdown::cancel_queued);
}

void init_global_pool(pool_options options) {
  if (!detail::start_default_pool(options)) {
    throw pool_already_started(
        "micropool: init_global_pool: the global pool has been started already, by an earlier call "
        "or by the first use of a free function; call it first thing in main");
  }
}

thread_pool& current_pool() {
  detail::pool_state& s = detail::pool_of(detail::this_thread());
  if (s.facade != nullptr) return *s.facade;
  // Only the global pool is made without one. It is never destroyed, and neither is this.
  static thread_pool* const global = new thread_pool(s);
  return *global;
}

std::size_t num_threads() { return current_pool().num_threads(); }

void yield_now() noexcept { std::this_thread::yield(); }

std::optional<std::size_t> this_thread_index() noexcept {
  const auto& t = detail::this_thread();
  // Also while it is a guest of its own pool, for work that must not mix with what it has in hand.
  if (t.current == nullptr || t.worker == nullptr || t.current->pool != t.worker->pool) {
    return std::nullopt;
  }
  return t.worker->id;
}

}  // namespace micropool
