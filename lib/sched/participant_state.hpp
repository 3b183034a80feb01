// SPDX-License-Identifier: MIT OR Apache-2.0
// A participant with the members that only the scheduler sees.
#pragma once

#include "../base/stack_bounds.hpp"
#include "../sync/park.hpp"
#include "begun_tasks.hpp"
#include "work_origin.hpp"

#include <micropool/detail/base/counter.hpp>
#include <micropool/detail/sched/inbox.hpp>
#include <micropool/detail/sched/participant.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace micropool::detail {

// What a blocked participant may run (find_work), and may be woken for (sleep).
struct wait_filter {
  participant::index from = 0;       // own jobs at this index or above: pushed since the wait began
  inbox_group* inboxes = nullptr;    // what arrives there, if coroutines are waited for
  const root* whole_root = nullptr;  // the outermost wait of a caller owns its whole root
  bool does_not_wait = false;        // takes what is there, and does not wait for the end
};

// Counts the looks of one wait, and the jobs that find_own_work has taken from the own deque (F2, F4).
struct wait_turns {
  std::uint32_t looks = 0;
  std::uint32_t own_jobs = 0;
};

// The inboxes in which a thread can take again a job that it has posted to its home: all that a
// pool serves, those of one group only, or none.
struct reach {
  const pool_state* pool = nullptr;
  const inbox_group* group = nullptr;
};

// Lives in the pool's registry until the pool's state is gone, so that any thread may read it.
struct participant_state : participant {
  // claimed: a waker has chosen this worker and is still counting.
  enum class rest : std::uint32_t { awake, as_worker, as_waiter, claimed };
  // missing: a worker in a child of fork(), whose thread is made when the worker is woken.
  enum class thread_state : std::uint32_t { there, missing, starting };

  participant_state(pool_state& pool, std::uint32_t id_, bool worker)
      : participant(pool),
        id(id_),
        is_worker(worker),
        working_for(worker ? root_tag(own_root) : root_tag()) {}

  const std::uint32_t id;
  const bool is_worker;
  // The stack on which it runs jobs at present. Nested children never go below its floor.
  stack_bounds stack = stack_bounds::unknown();
  // The root of what a worker's hooks fork.
  const root own_root{};
  // The group of the code that runs here, for the debug check of circles of waits; null: none.
  inbox_group* code_of = nullptr;
  std::uint64_t looked_at = 0;  // when background work looked for foreground work, in ticks
  // How often it has searched each tier, and the background tier with its queue (F1, F3).
  std::array<std::uint32_t, 2> looks{};
  std::uint32_t background_looks = 0;
  std::uint32_t brief_looks = 0;  // how often it has looked whether there is foreground work (F1)
  // A look that began with the queue found it locked, and took started work instead (F3).
  bool owed_to_queue = false;
  std::uint64_t random = 0x9e3779b97f4a7c15u * (id + 1);

  // A worker's last sleep was ended by another thread, and it has found no work since (S5b).
  bool was_woken = false;
  // A worker holds one of the places of background_limit.
  bool holds_place = false;
  // In a child of fork(): jobs at an index below this may be with threads that only the parent
  // has. Later jobs have higher indices (D1).
  index lost_below = 0;
  std::atomic<thread_state> thread{thread_state::there};

  // The steal link of the current work unit, written by the owner, read by helpers (H1 to H3).
  alignas(cache_line) std::atomic<work_origin> current{};
  // Advances before each change of `current` and `base`.
  std::atomic<std::uint32_t> work_changes{0};
  // Elements of the deque at this index or above were pushed in the current work unit.
  std::atomic<index> base{0};
  // The root that the deque's elements belong to; none while a guest slot is not in a call.
  // Changed by the owner, and by a thread that lifts that root (lift.cpp).
  std::atomic<root_tag> working_for;
  // The floating-point environment of the deque's elements (L4). Changed by the owner only.
  std::atomic<float_environment> environment{float_environment::here()};
  // The thread that holds a guest slot, by the address of its thread-local state.
  std::atomic<const void*> holder{nullptr};
  // The thread uses that slot for work that the pool still waits for, not for a call of its own.
  std::atomic<bool> is_visitor{false};

  // Sleep (S1 to S6 in README.md). What a sleeping waiter may be woken for; read by wakers.
  alignas(cache_line) std::atomic<rest> resting{rest::awake};
  std::atomic<index> waits_from{0};
  std::atomic<const inbox*> waits_for_inbox{nullptr};
  std::atomic<const root*> waits_for_root{nullptr};
  bool woken_for_job = false;  // owner's: its last sleep was ended for the sake of a job (S6)
  parker own_parker;

  owned_counter jobs_run, jobs_stolen, jobs_helped, sleeps, wakeups_sent;
  // How many ends of background tasks of this pool this participant has reported; written by the
  // owner.
  std::atomic<std::uint64_t> tasks_ended{0};
  begun_tasks begun;

  // Its counters, for a new participant at the same place to continue.
  struct totals {
    std::array<std::uint64_t, 5> counters;
    std::uint64_t tasks_ended;
  };
  totals all_so_far() const noexcept {
    return {{jobs_run.get(), jobs_stolen.get(), jobs_helped.get(), sleeps.get(),
             wakeups_sent.get()},
            tasks_ended.load(std::memory_order_relaxed)};
  }
  void add(const totals& t) noexcept {
    const auto [run, stolen, helped, slept, woken] = t.counters;
    jobs_run.add(run);
    jobs_stolen.add(stolen);
    jobs_helped.add(helped);
    sleeps.add(slept);
    wakeups_sent.add(woken);
    tasks_ended.store(t.tasks_ended, std::memory_order_relaxed);
  }

  void change_work() noexcept {
    // [release: origin.change] after the last change of `current` and `base`: a reader that sees
    // this count before it reads them does not see older ones.
    work_changes.store(work_changes.load(std::memory_order_relaxed) + 1,
                        std::memory_order_release);
  }

  std::uint64_t next_random() noexcept {
    // Marsaglia, "Xorshift RNGs", 2003.
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random;
  }
};

inline participant_state& state_of(participant& p) noexcept {
  return static_cast<participant_state&>(p);
}

}  // namespace micropool::detail
