// SPDX-License-Identifier: MIT OR Apache-2.0
#include <micropool/thread_pool.hpp>

#include "../sched/options_check.hpp"
#include "../sched/thread_local_state.hpp"

#include <micropool/error.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace micropool {

static_assert(thread_pool::max_threads == detail::max_threads);

namespace {

[[noreturn, maybe_unused]] void report_installed(const detail::pool_state& pool) {
  const std::string wrong = "micropool: ~thread_pool of " + detail::name_of(pool) +
                            ", which is installed: an install() on it has not returned";
  detail::fail_misuse(wrong.c_str(),
                      "destroy a pool when each install() on it has returned, on every thread");
}

[[noreturn]] void report_destroyed_inside(const detail::pool_state& pool) {
  std::fprintf(stderr,
               "micropool: ~thread_pool of %s was called by one of the pool's own workers (in a task "
               "or a hook) or from inside a call on it, which cannot wait for itself to end\n"
               "  what to do: destroy it outside\n",
               detail::name_of(pool).c_str());
  std::terminate();
}

}  // namespace

thread_pool::thread_pool(pool_options options)
    : state_(detail::pool_state::make(std::move(options))) {
  // Before the workers start, because their hooks may ask for their pool.
  state_->facade.store(this, std::memory_order_relaxed);
  try {
    state_->start();
  } catch (...) {
    give_up_state();
    throw;
  }
}

thread_pool::thread_pool(detail::pool_state& adopted) noexcept : state_(&adopted) {}

thread_pool::~thread_pool() {
  if (state_->is_inside()) report_destroyed_inside(*state_);
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    if (detail::this_thread().installed == state_) report_installed(*state_);
  }
  state_->stop(false);
  if constexpr (MICROPOOL_DEBUG_CHECKS) {
    // A call that has just ended may still hold its installation.
    if (!state_->wait_for_installations(std::chrono::seconds(1))) report_installed(*state_);
  }
  give_up_state();
}

// The hooks are destroyed now, on this thread, and not with the last reference. The rest of the
// options serves tasks whose handles outlive the pool.
void thread_pool::give_up_state() noexcept {
  state_->facade.store(nullptr, std::memory_order_relaxed);
  state_->drop_hooks();
  detail::forget_pool(*state_);
  state_->release();
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
        "micropool: thread_pool::shutdown() of " + detail::name_of(*state_) +
        " was called by one of the pool's own workers (in a task or a hook) or from inside a call "
        "on it, which cannot wait for itself to end; call it outside");
  }
  if (how != micropool::shutdown::drain && how != micropool::shutdown::cancel_queued) {
    throw std::invalid_argument("micropool: thread_pool::shutdown(how): how = " +
                                std::to_string(static_cast<int>(how)) +
                                ": must be drain or cancel_queued");
  }
  detail::pool_state& state = *state_;
  // Another thread that waits for the same end may destroy the pool before this one returns.
  state.add_ref();
  state.stop(how == micropool::shutdown::cancel_queued);
  state.release();
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
  if (thread_pool* const p = s.facade.load(std::memory_order_relaxed)) return *p;
  // [acquire: pool.stop] what the stopping thread did before.
  if (s.stopping.load(std::memory_order_acquire)) {
    detail::throw_pool_stopped(s, "current_pool()");
  }
  // Only the global pool has no thread_pool of its own, so one is made here, and never destroyed,
  // like the pool. Not a static variable: a child of fork() would wait for a missing thread that
  // initialises it.
  static constinit std::atomic<thread_pool*> global{nullptr};
  // [acquire: pool.default] the facade behind the pointer.
  thread_pool* known = global.load(std::memory_order_acquire);
  if (known != nullptr) return *known;
  auto* const made = new thread_pool(s);
  // [acq_rel: pool.default] whole before it can be found; and as above.
  if (global.compare_exchange_strong(known, made, std::memory_order_acq_rel)) return *made;
  ::operator delete(made);  // its destructor would end the pool
  return *known;
}

std::size_t num_threads() {
  return *detail::pool_of(detail::this_thread()).options.num_threads;
}

void yield_now() noexcept { std::this_thread::yield(); }

std::optional<std::size_t> this_thread_index() noexcept {
  const auto& t = detail::this_thread();
  // Also while it is a guest of its own pool, for work that must not mix with its current work.
  if (t.current == nullptr || t.worker == nullptr || t.current->pool != t.worker->pool) {
    return std::nullopt;
  }
  return t.worker->id;
}

}  // namespace micropool
