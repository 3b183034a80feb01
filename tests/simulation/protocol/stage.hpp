// SPDX-License-Identifier: MIT OR Apache-2.0
// A pool whose participants are played by simulated threads of the test. Each thread runs only the
// part of the scheduler that the test is about, so that an execution has tens of steps instead of
// a thousand. What it calls is the library's own code.
#pragma once

#include "../simulate.hpp"

#include "sched/find_work.hpp"
#include "sched/pool_state.hpp"
#include "sched/run_job.hpp"
#include "sched/sleep.hpp"
#include "sched/thread_local_state.hpp"

#include <micropool/detail/sched/background_task.hpp>
#include <micropool/detail/sched/scheduler.hpp>

#include <atomic>
#include <utility>

namespace micropool_test {

namespace detail = micropool::detail;

// How often an exhaustive search interrupts a thread. Two take ten seconds for each test, and more
// than two minutes.
inline unsigned preemptions() { return scaled(1) > 1 ? 2 : 1; }

// A test runs no job: a thread that has found one never comes back.
struct some_job : detail::job {
  some_job() noexcept : job([](job&, detail::participant&) noexcept {}) {}
};

// Never started, and owned by the test.
struct idle_task : detail::background_task {
  explicit idle_task(detail::pool_state& p)
      : background_task(
            p, [](detail::job&, detail::participant&) noexcept {},
            [](background_task&, operation) noexcept {}) {}
};

class stage {
public:
  // The threads of the options are not started.
  explicit stage(micropool::pool_options o = {.num_threads = 0})
      : pool_(detail::pool_state::make(std::move(o))) {}
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;
  ~stage() {
    pool_->participants.each([](detail::participant_state& p) {
      while (p.jobs.pop() != nullptr) {
      }
      p.working_for.store(detail::root_tag(), std::memory_order_relaxed);
    });
    pool_->stop(false);
    pool_->release();
  }

  detail::pool_state& operator*() const { return *pool_; }
  detail::pool_state* operator->() const { return pool_; }

  detail::participant_state& worker() { return pool_->participants.acquire(*pool_, true); }
  // A thread from outside in a call that has opened this root.
  detail::participant_state& caller(const detail::root& r) {
    detail::participant_state& p = pool_->participants.acquire(*pool_, false);
    p.working_for.store(detail::root_tag(r), std::memory_order_relaxed);
    return p;
  }

private:
  detail::pool_state* pool_;
};

// A worker from when it has nothing to do to when it has found a job.
inline detail::found_work find_as_worker(detail::participant_state& w) {
  detail::start_searching(*w.pool);
  for (;;) {
    detail::found_work f = detail::find_any_work(w);
    if (!f) f = detail::sleep_as_worker(w);
    if (!f) continue;
    detail::stop_searching(w);
    return f;
  }
}

// A blocked thread until it has found a job, or until the latch is set: then it returns none.
inline detail::found_work find_as_waiter(detail::participant_state& w, detail::latch& done,
                                         const detail::wait_filter& filter) {
  detail::wait_turns turns;
  while (!done.is_set()) {
    detail::found_work f = detail::find_own_work(w, filter, turns);
    if (!f) f = detail::sleep_as_waiter(w, done, filter, turns);
    if (!f) continue;
    if (w.woken_for_job) detail::forward_wakeup(w, filter);
    return f;
  }
  return {};
}

// Also on a kernel without membarrier, where the order among seq_cst operations is all that pushers
// and sleepers have, because every push republishes instead.
inline void simulate_kernels(simulation::options how, const std::function<void()>& program) {
  simulate(how, program);
  how.has_membarrier = false;
  if (how.by == simulation::strategy::exhaustive) {
    how.by = simulation::strategy::priorities;
    how.steps = 200;
    how.executions = 20'000;
  }
  how.executions /= 4;
  simulate(how, program);
}

inline void push(detail::participant_state& p, detail::job& j) {
  p.reserve(1);
  p.push(j);
}

}  // namespace micropool_test
