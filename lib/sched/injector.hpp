// SPDX-License-Identifier: MIT OR Apache-2.0
// The inboxes of a pool that have something in them, by tier, served in turn.
#pragma once

#include "stint.hpp"

#include <micropool/detail/sched/inbox.hpp>
#include <micropool/detail/sync/short_mutex.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace micropool::detail {

// A job that a participant has taken, and where it comes from.
struct found_work {
  job* work = nullptr;
  stint origin;
  const root* belongs_to = nullptr;
  pool_state* pool = nullptr;
  bool holds_place = false;  // one of those that background_limit leaves
  explicit operator bool() const noexcept { return work != nullptr; }
};

// A job that was put into an inbox. The root may be gone, and serves as a name only.
struct posted {
  root_tag belongs_to;
  bool waiter_woken;  // somebody who blocks for its sake
};

enum class tier : bool { foreground, background };

// One lock for the inboxes of one pool: this is the road of continuations that come from outside,
// not of forks.
class injector {
public:
  // Any thread. Wakes a thread that blocks for the sake of the inbox's group, or of a group that
  // waits for that, if one sleeps. LAST TOUCH: the job may have run and the inbox may be gone on
  // return.
  posted push(inbox& to, job& j) noexcept;

  // The next job of the inbox whose turn it is; each call moves on, so that no root waits for
  // another.
  found_work pop_any(tier t) noexcept;
  // The next job of this inbox.
  found_work pop_from(inbox& in) noexcept;
  // The next job of any foreground inbox of this root.
  found_work pop_of(const root& r) noexcept;
  // The next job of a background task for which this group waits, directly or not.
  found_work pop_awaited_by(const inbox_group& g) noexcept;

  // Moves an inbox whose root has been lifted to the foreground, and those of calls that block
  // inside its task. If a job waits in it, wakes a thread as push() does; true if one was woken.
  // Cost: constant, however many tasks wait; while some call blocks in background work, a look at
  // every inbox.
  bool lift(inbox& in) noexcept;
  // The group has begun to wait for something: for each inbox here that its thread may take from
  // since then, wakes somebody who may; false if for some inbox here nobody was woken. The group
  // may be gone, and serves as a name only.
  bool wake_waiter_above(const inbox_group* g) noexcept;

  // A glance without the lock.
  bool empty(tier t) const noexcept {
    // [seq_cst: idle.publish] the last look of a sleeper, against the count of sleepers.
    return lists_[static_cast<int>(t)].jobs.load(std::memory_order_seq_cst) == 0;
  }

  bool empty() const noexcept { return empty(tier::foreground) && empty(tier::background); }

private:
  // A queue of inboxes with something in them.
  struct ready_list {
    inbox* first = nullptr;
    inbox* last = nullptr;
    // How many jobs wait in all of them.
    std::atomic<std::uint32_t> jobs{0};
    // How many of the inboxes are those of blocked calls.
    std::size_t calls = 0;

    void append(inbox& in) noexcept {
      in.next_ready = nullptr;
      in.previous_ready = last;
      (first == nullptr ? first : last->next_ready) = &in;
      last = &in;
      if (in.group->task == nullptr) ++calls;
    }
    void remove(inbox& in) noexcept {
      (first == &in ? first : in.previous_ready->next_ready) = in.next_ready;
      (last == &in ? last : in.next_ready->previous_ready) = in.previous_ready;
      if (in.group->task == nullptr) --calls;
    }
  };

  ready_list& list_of(const inbox& in) noexcept { return lists_[in.background ? 1 : 0]; }
  found_work take(inbox& in) noexcept;
  void to_foreground(inbox& in) noexcept;
  template <class Wanted>
  found_work take_first(ready_list& list, Wanted&& wanted) noexcept;

  short_mutex mutex_;
  ready_list lists_[2];
};

}  // namespace micropool::detail
