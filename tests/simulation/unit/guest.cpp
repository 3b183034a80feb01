// SPDX-License-Identifier: MIT OR Apache-2.0
// Guest slots: a call is refused or waited for by the end of the pool (pool.stop), a slot has one
// thread at a time, and the state of the pool outlives every thread that has a slot in it.
#include "bare_pool.hpp"

#include "sched/thread_local_state.hpp"

#include <micropool/detail/sched/scheduler.hpp>
#include <micropool/error.hpp>

#include <memory>

using namespace micropool_test;
namespace detail = micropool::detail;

namespace {

// What the pool's user destroys after the pool has ended.
struct used_by_calls {
  int calls = 0;  // plain: the end of a call comes before the end of the pool
};

// Returns false if the pool has refused the call.
bool call(detail::pool_state& pool, used_by_calls& u) {
  try {
    const detail::participation here(&pool);
    auto& self = detail::state_of(here.self());
    ++self.looked_at;  // plain: two threads in one slot are a data race
    ++u.calls;
    return true;
  } catch (const micropool::pool_stopped&) {
    return false;
  }
}

// How many slots are in use.
int slots_of(const detail::pool_state& pool) {
  int n = 0;
  pool.participants.any(0, [&](const detail::participant_state&) {
    ++n;
    return false;
  });
  return n;
}

}  // namespace

TEST_CASE("guests: the end of a pool waits for a call, or the call is refused (pool.stop)") {
  simulate(preempted_with_locks(1), [] {
    const bare_pool pool;
    auto u = std::make_unique<used_by_calls>();
    used_by_calls& used = *u;
    simulation::threads([&] { call(*pool, used); },
                        [&] {
                          pool->stop(false);
                          u.reset();
                        });
  });
}

TEST_CASE("guests: the end of a pool waits for the second of two calls of a thread") {
  simulate(preempted_with_locks(1), [] {
    const bare_pool pool;
    auto u = std::make_unique<used_by_calls>();
    used_by_calls& used = *u;
    simulation::threads(
        [&] {
          // The second call uses the slot that the first has left with its thread.
          if (call(*pool, used)) call(*pool, used);
        },
        [&] {
          pool->stop(false);
          u.reset();
        });
  });
}

TEST_CASE("guests: the state of a pool lives until the last thread gives its slot back") {
  simulate(preempted_with_locks(1), [] {
    auto pool = std::make_unique<bare_pool>();
    detail::pool_state* const state = &**pool;
    detail::participant_state& held = detail::acquire_guest_slot(*state);
    simulation::threads(
        [&] {
          detail::participant_state& mine = detail::acquire_guest_slot(*state);
          ++mine.looked_at;
          detail::release_guest_slot(mine);
          // The thread keeps the slot until it ends; then the pool may be gone.
        },
        [&] {
          pool->operator->()->stop(false);
          pool.reset();
        });
    ++held.looked_at;
    detail::release_guest_slot(held);
  });
}

TEST_CASE("guests: two threads and one that ends have slots of their own") {
  simulate(preempted_with_locks(1), [] {
    const bare_pool pool;
    const auto body = [&] {
      detail::participant_state& first = detail::acquire_guest_slot(*pool);
      ++first.looked_at;
      detail::release_guest_slot(first);
      // The cached one again.
      detail::participant_state& again = detail::acquire_guest_slot(*pool);
      simulation::check(&first == &again, "the slot that the thread has cached");
      ++again.looked_at;
      detail::release_guest_slot(again);
    };
    simulation::threads(body, body);
    simulation::check(slots_of(*pool) == 0, "threads that end give their slots back");
  });
}

TEST_CASE("guests: a thread that changes pools gives the slot of the first one back") {
  simulate(preempted_with_locks(1), [] {
    const bare_pool first;
    const bare_pool second;
    simulation::threads(
        [&] {
          detail::release_guest_slot(detail::acquire_guest_slot(*first));
          detail::participant_state& outer = detail::acquire_guest_slot(*second);
          simulation::check(outer.pool == &*second, "a slot of that pool");
          // The cached slot is in use: a second one comes from the pool, and goes back to it.
          detail::participant_state& inner = detail::acquire_guest_slot(*second);
          simulation::check(&inner != &outer, "another slot");
          detail::release_guest_slot(inner);
          detail::release_guest_slot(outer);
          detail::forget_pool(*second);
          simulation::check(slots_of(*first) + slots_of(*second) <= 1, "nothing is cached");
        },
        [&] { detail::release_guest_slot(detail::acquire_guest_slot(*first)); });
    simulation::check(slots_of(*first) == 0 && slots_of(*second) == 0, "all slots are free");
  });
}

TEST_CASE("guests: references that threads take in batches end the pool once") {
  simulate(preempted_with_locks(2), [] {
    auto pool = std::make_unique<bare_pool>();
    detail::pool_state* const state = &**pool;
    detail::add_cached_ref(*state);
    simulation::threads(
        [&] {
          // Takes over the reference of the other thread, and ends with it.
          detail::release_to_cache(*state);
        },
        [&] { pool.reset(); });
    detail::forget_pool(*state);
  });
}

TEST_CASE("guests: the last of two references ends the pool, after all uses by the other holder") {
  simulate(preempted_with_locks(1), [] {
    auto pool = std::make_unique<bare_pool>();
    detail::pool_state* const state = &**pool;
    state->add_ref();
    simulation::threads(
        [&] {
          state->wakeups_posted.fetch_add(1, std::memory_order_relaxed);
          state->release();
        },
        [&] { pool.reset(); });
    simulation::check(detail::first_pool() == nullptr, "gone");
  });
}
