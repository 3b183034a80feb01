// SPDX-License-Identifier: MIT OR Apache-2.0
// The end of a pool: what is waited for, in which order, and how the ending thread takes part.
#include "end_event.hpp"
#include "find_work.hpp"
#include "pool_state.hpp"
#include "shutdown_wait.hpp"
#include "visit.hpp"

#include <micropool/detail/sched/background_task.hpp>

#include <chrono>

namespace micropool::detail {

void pool_state::wait_for_guests(shutdown_wait& w) const noexcept {
  using std::chrono::milliseconds;
  // The last guest to leave wakes this thread (participation::leave), provided that there is the
  // fence which makes sure that the guest sees that the pool stops.
  const milliseconds at_most = heavy_fence_works() ? std::chrono::hours(1) : milliseconds(10);
  participants.each([&](const participant_state& p) {
    if (p.is_worker) return;
    for (;;) {
      w.look();
      // [seq_cst: pool.stop] a call that begins is seen here or sees that the pool stops; and what
      // it did comes before the end.
      if (p.working_for.load(std::memory_order_seq_cst).none()) return;
      w.sleep(at_most);
    }
  });
}

// In this order: new calls are refused, and calls under way are waited for (pool.stop); the queue
// is closed to all but the work that still runs; this thread takes part until all of that has
// ended (pool.drain); then the workers end.
void pool_state::stop(bool cancel) noexcept {
  // [seq_cst: pool.stop] a call either sees this or is seen below.
  stopping.store(true, std::memory_order_seq_cst);
  shutdown_wait w(*this);
  wait_for_guests(w);
  background.close();
  finish_tasks(w, cancel);
  join_workers();
  // Visitors may have come since. From now on no other thread can take anything here.
  wait_for_guests(w);
  // Ends what an on_thread_exit hook or a visitor has spawned or started.
  cancel_queued(*this);
  finish_tasks(w, true);
}

bool pool_state::wait_for_installations(std::chrono::nanoseconds at_most) const noexcept {
  const auto until = std::chrono::steady_clock::now() + at_most;
  for (;;) {
    const std::uint32_t seen = end_events();
    // [seq_cst: pool.stop] an end is seen here, or sees that the pool stops and is reported.
    if (installations.load(std::memory_order_seq_cst) <= 0) return true;
    const auto left = until - std::chrono::steady_clock::now();
    if (left.count() <= 0) return false;
    sleep_until_end_event(seen, left);
  }
}

std::uint64_t pool_state::tasks_ended() const noexcept {
  // [acquire: pool.drain] every push that came before an end counted here is counted below.
  std::uint64_t ended = lost_tasks + tasks_ended_elsewhere.load(std::memory_order_acquire);
  // [acquire: pool.drain] as above.
  participants.each([&](const participant_state& p) {
    ended += p.tasks_ended.load(std::memory_order_acquire);
  });
  return ended;
}

// Takes part, because there may be no worker, or none that may do background work. What it waits
// for may end or become ready in many ways. Those that are sure to need this thread report it
// (end_event.hpp); for the rest it polls.
void pool_state::finish_tasks(shutdown_wait& w, bool cancel) noexcept {
  // The ends are counted first: a task that is pushed in between only makes the result false. If
  // the counts are equal and no coroutine of another pool is here, nothing is left that could
  // push.
  const auto all_ended = [this] {
    // [seq_cst: pool.stop] [acquire: pool.drain] before the counts: what a migrant has pushed too.
    if (migrants.load(std::memory_order_seq_cst) > lost_migrants) return false;
    const std::uint64_t ended = tasks_ended();
    if (ended != background.pushed()) return false;
    // [acquire: pool.drain] and after them: a thread that has posted a job which has ended by now
    // may still be waking a waiter.
    return migrants.load(std::memory_order_acquire) <= lost_migrants;
  };
  if (all_ended()) return;
  const participation here(participation::visit{}, *this);
  auto& self = state_of(here.self());
  w.restart();
  for (w.look(); !all_ended(); w.look()) {
    if (cancel) cancel_queued(*this);
    found_work f = find_foreground_work(self);
    if (!f) f = find_background_work(self);
    if (!f) f = find_work_served_elsewhere(*this);
    if (f) {
      run_as_visitor(f, {this});
      w.restart();
    } else {
      w.sleep(std::chrono::milliseconds(10));
    }
  }
}

}  // namespace micropool::detail
