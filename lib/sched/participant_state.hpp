// SPDX-License-Identifier: MIT OR Apache-2.0
// A participant with all that only the scheduler sees.
#pragma once

#include "../sync/park.hpp"
#include "stint.hpp"

#include <micropool/detail/base/counter.hpp>
#include <micropool/detail/sched/inbox.hpp>
#include <micropool/detail/sched/participant.hpp>

#include <atomic>
#include <cstdint>

namespace micropool::detail {

// What a blocked participant may run (find_work), and may be woken for (sleep).
struct wait_filter {
  participant::index base = 0;       // jobs pushed here at this index or above
  inbox_group* inboxes = nullptr;    // what arrives there, if coroutines are waited for
  const root* whole_root = nullptr;  // the outermost wait of a caller owns its whole root
};

// Lives in the pool's registry until the pool is gone, so that anybody may look at it.
struct participant_state : participant {
  // claimed: a waker has chosen this worker and is still counting.
  enum class rest : std::uint32_t { awake, as_worker, as_waiter, claimed };

  participant_state(pool_state& pool, std::uint32_t id_, bool worker)
      : participant(pool),
        id(id_),
        is_worker(worker),
        working_for(worker ? root_tag(own_root) : root_tag()) {}

  const std::uint32_t id;
  const bool is_worker;
  std::uintptr_t stack_floor = 0;  // nesting never goes below
  // Of what a worker's hooks do.
  const root own_root{};
  std::uint64_t looked_at = 0;  // when background work looked for foreground work, in ticks
  std::uint64_t random = 0x9e3779b97f4a7c15u * (id + 1);

  // The stint, written by the owner, read by helpers (invariants H1 to H3 in README.md).
  alignas(cache_line) std::atomic<stint> current{};
  // Moves before each change of `current` and `base`.
  std::atomic<std::uint32_t> stint_changes{0};
  // Elements of the deque at this index or above belong to the current stint.
  std::atomic<index> base{0};
  // The root that the deque's elements belong to; none while a guest slot is not in a call. Changed
  // by the owner, and by whoever lifts that root (lift.hpp).
  std::atomic<root_tag> working_for;
  // The thread that has a guest slot, by the address of its thread-local state.
  std::atomic<const void*> holder{nullptr};
  // In that slot for the sake of work that the pool still waits for, not for a call of its own.
  std::atomic<bool> is_visitor{false};

  // Sleep (S1 to S4 in README.md). What a sleeping waiter may be woken for; read by wakers.
  alignas(cache_line) std::atomic<rest> resting{rest::awake};
  std::atomic<index> waits_from{0};
  std::atomic<const inbox*> waits_for_inbox{nullptr};
  std::atomic<const root*> waits_for_root{nullptr};
  bool relied_on = false;  // its own: somebody has ended its last sleep for the sake of a job
  parker bed;

  owned_counter jobs_run, jobs_stolen, jobs_helped, sleeps, wakeups_sent;
  // Background tasks of this pool whose end this participant has reported; written by the owner.
  std::atomic<std::uint64_t> tasks_ended{0};

  void change_stint() noexcept {
    stint_changes.store(stint_changes.load(std::memory_order_relaxed) + 1,
                        std::memory_order_relaxed);
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
